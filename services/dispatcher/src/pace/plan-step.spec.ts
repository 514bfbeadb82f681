import fc from 'fast-check';
import { expect, it } from 'vitest';
import { lane, policy } from '../../test/pace-facts.ts';
import { limitPerMinute } from './bucket.ts';
import { afterSending, type Lane, maxOutstanding, planStep, type Sender } from './plan-step.ts';

const now = Date.parse('2026-01-05T06:30:00.000Z');
const sender: Sender = {
  campaignId: 'c',
  limit: limitPerMinute(30),
  jitter: 0,
  hours: undefined,
  fullAtMs: Number.NEGATIVE_INFINITY,
  taken: 0,
};
const unpaced = { ...sender, limit: { spacingMs: 0, burst: 1 } };

it.each(['connecting', 'pending', 'reconnecting', 'disconnected', 'error'] as const)(
  'a session that is %s is given nothing until that changes',
  (status) => {
    expect(planStep(now, { ...lane, status }, sender, policy)).toEqual({ kind: 'lane-waits', untilMs: undefined });
  },
);

it('a session that WhatsApp restricted is given nothing until somebody resumes', () => {
  expect(planStep(now, { ...lane, restricted: true }, sender, policy)).toMatchObject({ kind: 'lane-waits' });
});

it('no session ever has more outstanding than its share', () => {
  fc.assert(
    fc.property(fc.nat(40), (outstanding) => {
      const plan = planStep(now, { ...lane, outstanding }, unpaced, policy);
      const count = plan.kind === 'send' ? plan.count : 0;
      expect(count).toBe(Math.max(0, maxOutstanding - outstanding));
    }),
  );
});

it('outside of its sending hours a campaign waits for them, and only it', () => {
  const hours = { timeZone: 'Asia/Kolkata', between: { from: '13:00', to: '14:00' }, days: undefined };
  expect(planStep(now, lane, { ...sender, hours }, policy)).toEqual({
    kind: 'sender-waits',
    untilMs: Date.parse('2026-01-05T07:30:00.000Z'),
  });
});

it('a new session on the real network has a daily allowance that grows', () => {
  const fresh: Lane = { ...lane, network: 'whatsapp', connectedSinceMs: now - 3_600_000, warmCount: 49 };
  expect(planStep(now, fresh, unpaced, policy)).toEqual({ kind: 'send', count: 1 });
  expect(planStep(now, { ...fresh, warmCount: 50 }, unpaced, policy)).toEqual({
    kind: 'lane-waits',
    untilMs: now - 3_600_000 + 86_400_000,
  });
  expect(planStep(now + 86_400_000, { ...fresh, warmCount: 50 }, unpaced, policy)).toMatchObject({ kind: 'send' });
});

/** Two campaigns on one session, looked after at arbitrary moments. */
function play(waitsMs: readonly number[], network: 'sandbox' | 'whatsapp') {
  const sent: { at: number; campaign: number }[] = [];
  let at = now;
  let state: Lane = { ...lane, network, connectedSinceMs: now - 3 * 86_400_000 };
  const senders = [10, 25].map(
    (perMinute, i): Sender => ({
      ...sender,
      campaignId: `c${i}`,
      jitter: 0.3,
      limit: limitPerMinute(perMinute, i + 1),
    }),
  );
  for (const [turn, wait] of waitsMs.entries()) {
    at += wait;
    const campaign = turn % 2;
    const plan = planStep(at, state, senders[campaign]!, policy);
    if (plan.kind !== 'send') continue;
    for (let i = 0; i < plan.count; i++) sent.push({ at, campaign });
    const paced = afterSending(at, plan.count, state, senders[campaign]!, policy);
    state = { ...state, ...paced.lane };
    senders[campaign] = { ...senders[campaign]!, ...paced.sender };
  }
  return sent;
}
const mostInAnyMinute = (times: readonly number[]): number =>
  Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at < from + 60_000).length));

it('neither a campaign nor a session is ever above its limit in any 60 seconds', () => {
  const waits = fc.array(fc.integer({ min: 0, max: 4000 }), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(waits, (each) => {
      const sent = play(each, 'whatsapp');
      const of = (campaign: number) => sent.filter((s) => s.campaign === campaign).map((s) => s.at);
      expect(mostInAnyMinute(of(0))).toBeLessThanOrEqual(10);
      expect(mostInAnyMinute(of(1))).toBeLessThanOrEqual(25);
      // The fourth day of its warm-up.
      expect(mostInAnyMinute(sent.map((s) => s.at))).toBeLessThanOrEqual(16);
    }),
  );
});

it('the same history gives the same pauses, whoever computes them', () => {
  const waits = new Array<number>(100).fill(1500);
  expect(play(waits, 'sandbox')).toEqual(play(waits, 'sandbox'));
});
