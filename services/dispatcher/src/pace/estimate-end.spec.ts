import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lane, policy } from '../../test/pace-facts.ts';
import { limitPerMinute } from './bucket.ts';
import { type EstimateFacts, estimateEnd } from './estimate-end.ts';
import { afterSending, type Lane, planStep, type Sender } from './plan-step.ts';
import type { SendingHours } from './sending-hours.ts';

const at = (text: string): number => Date.parse(text);
const [secondMs, hourMs, dayMs] = [1000, 3_600_000, 86_400_000];
/** A Monday. */
const start = at('2026-01-05T06:30:00.000Z');
const facts: EstimateFacts = {
  startMs: start,
  messages: 100,
  sessions: [{ lane, fromMs: 0 }],
  limit: limitPerMinute(30),
  jitter: 0,
  hours: undefined,
  policy,
  quota: undefined,
  latestMs: start + 30 * dayMs,
};
const estimate = (more: Partial<EstimateFacts>) => estimateEnd({ ...facts, ...more });
const india: SendingHours = { timeZone: 'Asia/Kolkata', between: { from: '09:00', to: '13:00' }, days: undefined };

describe('The end of a campaign', () => {
  it('is its last message at its pace', () => {
    expect(estimate({})).toBe(start + 99 * 2 * secondMs);
    expect(estimate({ messages: 1 })).toBe(start);
    expect(estimate({ messages: 0 })).toBe(start);
  });
  it('comes later by the mean of the irregular pauses, and earlier with more sessions', () => {
    expect(estimate({ jitter: 0.4 })).toBe(start + 99 * 2 * secondMs * 1.25);
    expect(estimate({ sessions: [1, 2, 3].map(() => ({ lane, fromMs: 0 })) })).toBe(start + 33 * 2 * secondMs);
  });
  it('waits for the sending hours: what does not fit into those of today goes on tomorrow', () => {
    // 12:00 in India: an hour is left, 1,800 messages.
    expect(estimate({ hours: india, messages: 1800 })).toBe(start + hourMs - 2 * secondMs);
    expect(estimate({ hours: india, messages: 1801 })).toBe(at('2026-01-06T03:30:00.000Z'));
    const weekdays = { ...india, days: [1, 3] };
    expect(estimate({ hours: weekdays, messages: 1801 })).toBe(at('2026-01-07T03:30:00.000Z'));
  });
  it('waits for the next day of the account when its messages are used up', () => {
    const resetsAtMs = at('2026-01-05T18:30:00.000Z');
    const quota = { perDay: 60, left: 10, resetsAtMs };
    expect(estimate({ quota })).toBe(resetsAtMs + dayMs + 29 * 2 * secondMs);
    expect(estimate({ quota: { ...quota, left: 100 } })).toBe(estimate({}));
    expect(estimate({ quota: { perDay: 0, left: 0, resetsAtMs } })).toBeUndefined();
  });
  it('knows the warm-up: 50 messages on the first day, 4 a minute', () => {
    const fresh: Lane = { ...lane, network: 'whatsapp', connectedSinceMs: start - hourMs, warmCount: 20 };
    expect(estimate({ messages: 30, sessions: [{ lane: fresh, fromMs: 0 }] })).toBe(start + 29 * 15 * secondMs);
    // 30 today, 85 from the same time tomorrow, at 8 a minute.
    expect(estimate({ messages: 100, sessions: [{ lane: fresh, fromMs: 0 }] })).toBe(
      start - hourMs + dayMs + 69 * 7.5 * secondMs,
    );
  });
  it('is not held up by a restricted session while another one sends', () => {
    const restricted = { lane, fromMs: start + dayMs };
    expect(estimate({ sessions: [restricted] })).toBe(start + dayMs + 99 * 2 * secondMs);
    expect(estimate({ sessions: [restricted, { lane, fromMs: 0 }] })).toBe(estimate({}));
  });
  it('is unknown when the time of the campaign is over before, and when there is no session', () => {
    expect(estimate({ latestMs: start + 99 * 2 * secondMs })).toBeUndefined();
    expect(estimate({ messages: 10_000_000 })).toBeUndefined();
    expect(estimate({ sessions: [] })).toBeUndefined();
    expect(estimate({ hours: { ...india, days: [] } })).toBeUndefined();
  });
});

/** Messages that leave until then, one by one, as the rules of the pace let them. */
function sentUntil(endMs: number, { sessions, limit, hours, startMs, ...of }: EstimateFacts): number {
  const senders = sessions.map(({ lane: own }) => ({
    lane: own,
    sender: { campaignId: 'c', limit, jitter: 0, hours, fullAtMs: -Infinity, taken: 0 } satisfies Sender as Sender,
    atMs: startMs,
  }));
  let [quota, count] = [of.quota, 0];
  for (;;) {
    const next = senders.reduce((first, each) => (each.atMs < first.atMs ? each : first));
    if (next.atMs > endMs) return count;
    const now = next.atMs;
    while (quota !== undefined && quota.resetsAtMs <= now) {
      quota = { ...quota, left: quota.perDay, resetsAtMs: quota.resetsAtMs + dayMs };
    }
    const plan = planStep(now, next.lane, next.sender, of.policy);
    if (plan.kind !== 'send') next.atMs = plan.untilMs!;
    else if (quota?.left === 0) next.atMs = quota.resetsAtMs;
    else {
      const paced = afterSending(now, 1, next.lane, next.sender, of.policy);
      next.lane = { ...next.lane, ...paced.lane };
      next.sender = { ...next.sender, ...paced.sender };
      next.atMs = Math.max(paced.lane.nextAtMs, paced.sender.nextAtMs);
      if (quota !== undefined) quota = { ...quota, left: quota.left - 1 };
      count += 1;
    }
  }
}

it('it is that of sending message by message, whatever limits there are', () => {
  const session = fc
    .record({ ageDays: fc.integer({ min: 0, max: 12 }), network: fc.constantFrom('whatsapp', 'sandbox') })
    .map(({ ageDays, network }) => ({
      lane: { ...lane, network, connectedSinceMs: start - ageDays * dayMs - hourMs } as Lane,
      fromMs: 0,
    }));
  const time = fc.integer({ min: 0, max: 23 }).map((hour) => `${String(hour).padStart(2, '0')}:30`);
  const hours = fc.record({
    timeZone: fc.constantFrom('Asia/Kolkata', 'America/New_York', 'UTC'),
    between: fc.option(fc.record({ from: time, to: time }), { nil: undefined }),
    days: fc.option(fc.subarray([1, 2, 3, 4, 5, 6, 7], { minLength: 1 }), { nil: undefined }),
  });
  const quota = fc.record({
    perDay: fc.integer({ min: 20, max: 2000 }),
    left: fc.integer({ min: 0, max: 2000 }),
    resetsAtMs: fc.integer({ min: 1, max: dayMs }).map((ms) => start + ms),
  });
  const campaign = fc.record({
    messages: fc.integer({ min: 1, max: 3000 }),
    sessions: fc.array(session, { minLength: 1, maxLength: 3 }),
    limit: fc
      .record({ perMinute: fc.integer({ min: 2, max: 60 }), burst: fc.integer({ min: 1, max: 2 }) })
      .map(({ perMinute, burst }) => limitPerMinute(perMinute, burst)),
    hours: fc.option(hours, { nil: undefined }),
    quota: fc.option(quota, { nil: undefined }),
  });
  fc.assert(
    fc.property(campaign, (given) => {
      const all = { ...facts, ...given };
      const end = estimateEnd(all);
      if (end === undefined) {
        expect(sentUntil(facts.latestMs, all)).toBeLessThan(all.messages + 5 * all.sessions.length * 31);
        return;
      }
      // Where a stretch ends in the middle of a pause, a message of each session is counted early or late.
      const stretches = 3 + (3 * (end - start)) / dayMs;
      const offBy = Math.abs(sentUntil(end, all) - all.messages);
      expect(offBy).toBeLessThanOrEqual(2 * stretches * all.sessions.length);
    }),
    { numRuns: 60 },
  );
}, 30_000);
