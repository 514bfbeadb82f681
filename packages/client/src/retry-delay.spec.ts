import { describe, expect, it } from 'vitest';
import { defaultRetryRules, retryDelayMs } from './retry-delay.ts';

describe('a failed call is sent again', () => {
  it.each([
    {},
    { status: 502 },
    { status: 503 },
    { status: 504 },
    { status: 429 },
    { status: 409, code: 'IDEMPOTENCY_IN_PROGRESS' },
  ])('when it may pass: %o', (failed) => expect(retryDelayMs(failed, 1, 0.5)).toBe(125));

  it.each([{ status: 400 }, { status: 401 }, { status: 404 }, { status: 409, code: 'CONFLICT' }, { status: 500 }])(
    'but not when it fails again: %o',
    (failed) => expect(retryDelayMs(failed, 1, 0.5)).toBeUndefined(),
  );

  it('later each time, at most four times in all', () => {
    expect([1, 2, 3, 4].map((tries) => retryDelayMs({}, tries, 1))).toEqual([250, 500, 1000, undefined]);
  });

  it('not before the time the server asks for, spread a little', () => {
    expect(retryDelayMs({ status: 429, retryAfter: '2' }, 1, 0)).toBe(2000);
    expect(retryDelayMs({ status: 429, retryAfter: '2' }, 1, 1)).toBe(2250);
  });

  it('not at all when that is too far away, or the day is used up', () => {
    expect(retryDelayMs({ status: 429, retryAfter: '900' }, 1, 0)).toBeUndefined();
    expect(retryDelayMs({ status: 429, retryAfter: '1', code: 'DAILY_LIMIT_REACHED' }, 1, 0)).toBeUndefined();
  });

  it('later each time also where a short time is asked for', () => {
    expect(
      [1, 3, 4, 5].map((tries) =>
        retryDelayMs({ status: 429, retryAfter: '1' }, tries, 1, { ...defaultRetryRules, retries: 9 }),
      ),
    ).toEqual([1250, 1250, 2000, 4000]);
  });

  it('after its own time when the header is no number of seconds', () => {
    expect(retryDelayMs({ status: 503, retryAfter: 'Fri, 27 Nov 2026 04:00:00 GMT' }, 1, 1)).toBe(250);
  });
});
