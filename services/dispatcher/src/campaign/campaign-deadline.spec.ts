import fc from 'fast-check';
import { expect, it } from 'vitest';
import { campaignDeadline, campaignDurationMs, waitForQuota } from './campaign-deadline.ts';

const delayMs = fc.integer({ min: 0, max: 3_600_000 });

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
