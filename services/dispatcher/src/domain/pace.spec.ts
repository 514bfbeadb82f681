import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  campaignDeadline,
  campaignDurationMs,
  dueRecipients,
  maxOutstandingPerCampaign,
  nextSendAt,
  waitForQuota,
} from './pace.ts';

const delayMs = fc.integer({ min: 0, max: 3_600_000 });

it('nothing is due before its time', () => {
  expect(dueRecipients(999, { nextSendAtMs: 1000, delayMs: 0, outstanding: 0 })).toBe(0);
});

it('with a delay one recipient is due at a time, however late it is', () => {
  fc.assert(
    fc.property(delayMs, fc.nat(10_000_000), (delay, lateMs) => {
      const due = dueRecipients(1000 + lateMs, { nextSendAtMs: 1000, delayMs: delay + 1, outstanding: 0 });
      expect(due).toBe(1);
    }),
  );
});

it('no campaign ever has more outstanding than its share', () => {
  fc.assert(
    fc.property(delayMs, fc.nat(100), (delay, outstanding) => {
      const due = dueRecipients(0, { nextSendAtMs: 0, delayMs: delay, outstanding });
      expect(due + outstanding).toBeLessThanOrEqual(Math.max(maxOutstandingPerCampaign, outstanding));
    }),
  );
});

it('two messages are never closer than the delay', () => {
  fc.assert(
    fc.property(delayMs, fc.nat(), (delay, now) => {
      expect(nextSendAt(now, delay, 1) - now).toBeGreaterThanOrEqual(delay);
    }),
  );
});

it('a campaign that may not send rests instead of spinning', () => {
  expect(nextSendAt(5000, 0, 0)).toBeGreaterThan(5000);
  expect(nextSendAt(5000, 60_000, 0)).toBeLessThan(65_000);
});

it('the deadline is later than the last message at the asked pace', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000 }), delayMs, (recipients, delay) => {
      expect(campaignDeadline(0, recipients, delay)).toBeGreaterThan(campaignDurationMs(recipients, delay));
    }),
  );
});

it('a campaign that waits for the next day keeps its time for the rest, but not for ever', () => {
  const hourMs = 3_600_000;
  const campaign = { createdAtMs: 0, notAfterMs: hourMs, remaining: 11, delayMs: 1000 };
  const { nextSendAtMs, notAfterMs } = waitForQuota(1000, 8 * hourMs, campaign);
  expect(notAfterMs).toBe(campaignDeadline(8 * hourMs, 11, 1000));
  expect(nextSendAtMs).toBeGreaterThan(1000);
  expect(nextSendAtMs).toBeLessThanOrEqual(8 * hourMs);
  const oldMs = 30 * 24 * hourMs;
  expect(waitForQuota(oldMs, oldMs + hourMs, campaign).notAfterMs).toBe(oldMs);
  expect(waitForQuota(oldMs, oldMs - hourMs, campaign).nextSendAtMs).toBeGreaterThan(oldMs);
});
