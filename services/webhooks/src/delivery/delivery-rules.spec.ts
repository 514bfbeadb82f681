import { createSeededRandom } from '@wam/service-kit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AttemptOutcome } from '../network/send-attempt.ts';
import { judgeAttempt, parseRetryAfter } from './judge-attempt.ts';
import {
  admit,
  defaultHealthRules,
  endPause,
  type HealthRules,
  initialHealth,
  mustDisable,
  type ReceiverHealth,
  type Reported,
  report,
} from './receiver-health.ts';
import { attemptDelaysMs, maxAttempts, nextAttemptDelayMs } from './retry-schedule.ts';

const answered = (httpStatus: number, retryAfter?: string): AttemptOutcome => ({
  kind: 'answered',
  httpStatus,
  retryAfter,
  excerpt: '',
  durationMs: 1,
});

describe('an attempt', () => {
  it.each([
    [200, 'delivered'],
    [204, 'delivered'],
    [299, 'delivered'],
    [301, 'failed'],
    [307, 'failed'],
    [400, 'failed'],
    [404, 'failed'],
    [410, 'gone'],
    [500, 'failed'],
  ] as const)('answered with %i is %s', (status, result) => {
    expect(judgeAttempt(answered(status), 0).result).toBe(result);
  });

  it('tells overload apart from other failures', () => {
    for (const status of [429, 502, 503, 504]) expect(judgeAttempt(answered(status), 0).overloaded).toBe(true);
    for (const status of [400, 500]) expect(judgeAttempt(answered(status), 0).overloaded).toBe(false);
  });

  it('reads Retry-After as seconds or as a date, at most ten hours, never from success', () => {
    const now = Date.parse('2026-01-01T00:00:00Z');
    expect(judgeAttempt(answered(429, '120'), now).retryAfterMs).toBe(120_000);
    expect(judgeAttempt(answered(503, 'Thu, 01 Jan 2026 00:01:00 GMT'), now).retryAfterMs).toBe(60_000);
    expect(judgeAttempt(answered(503, '999999999'), now).retryAfterMs).toBe(36_000_000);
    expect(judgeAttempt(answered(200, '120'), now).retryAfterMs).toBeUndefined();
    for (const odd of ['', '-1', 'soon', '0', '1e9', 'Thu, 01 Jan 2025 00:00:00 GMT'])
      expect(parseRetryAfter(odd, now), odd).toBeUndefined();
  });
});

describe('the schedule', () => {
  it('tries eight times over about 28 hours', () => {
    expect(maxAttempts).toBe(8);
    const total = attemptDelaysMs.reduce((sum, delay) => sum + delay, 0);
    expect(total / 3_600_000).toBeCloseTo(27.6, 1);
  });

  it('stays within a tenth of each delay, is never before Retry-After, and ends', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 1, max: 12 }),
        fc.option(fc.integer({ min: 1, max: 36_000_000 }), { nil: undefined }),
        (seed, attempts, retryAfterMs) => {
          const delayMs = nextAttemptDelayMs(attempts, retryAfterMs, createSeededRandom(seed));
          if (attempts >= maxAttempts) return delayMs === undefined;
          const planned = attemptDelaysMs[attempts] ?? 0;
          const earliest = Math.max(planned * 0.9, retryAfterMs ?? 0);
          const latest = Math.max(planned * 1.1, (retryAfterMs ?? 0) * 1.1);
          return delayMs !== undefined && delayMs >= Math.floor(earliest) && delayMs <= Math.ceil(latest);
        },
      ),
    );
  });
});

const rules: HealthRules = { ...defaultHealthRules, maxLimit: 8 };
const failure: Reported = { success: false, overloaded: false };
const success: Reported = { success: true, overloaded: false };
const after = (reports: Reported[], nowMs = 0) =>
  reports.reduce<ReceiverHealth>((health, each) => report(health, each, nowMs, rules), initialHealth(rules));
const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

describe('the breaker of a webhook', () => {
  it('opens after ten failures in a row, and one success between them keeps it closed', () => {
    expect(after(times(9, failure)).breaker).toBe('closed');
    expect(after(times(10, failure)).breaker).toBe('open');
    expect(after([...times(9, failure), success, ...times(9, failure)]).breaker).toBe('closed');
  });

  it('lets nothing through while open, then one probe at a time', () => {
    const open = after(times(10, failure));
    expect(admit(open, 0, 14_999)).toEqual({ kind: 'wait', untilMs: 15_000 });
    const probe = admit(open, 0, 15_000);
    expect(probe).toMatchObject({ kind: 'start', health: { breaker: 'probing' } });
    expect(admit(open, 1, 15_000)).toEqual({ kind: 'full' });
    if (probe.kind !== 'start') return;
    expect(admit(probe.health, 1, 15_000)).toEqual({ kind: 'full' });
    expect(report(probe.health, success, 15_001, rules)).toMatchObject({ breaker: 'closed', failures: 0 });
    expect(report(probe.health, failure, 15_001, rules)).toMatchObject({ breaker: 'open', openUntil: 15_001 + 30_000 });
  });

  it('pauses as long as it is asked to', () => {
    const asked = after([{ success: false, overloaded: true, retryAfterMs: 120_000 }], 1_000);
    expect(asked).toMatchObject({ breaker: 'open', openUntil: 121_000, limit: 4 });
  });

  it('allows less at once under overload, and more again with each success', () => {
    const overload: Reported = { success: false, overloaded: true };
    expect(after([overload]).limit).toBe(4);
    expect(after(times(5, overload)).limit).toBe(1);
    expect(after([overload, success, success]).limit).toBe(6);
    expect(after([overload, ...times(20, success)]).limit).toBe(8);
  });

  it('begins with one probe where a receiver has failed before, and closes when that succeeds', () => {
    const taken = initialHealth(rules, 1_000);
    const probe = admit(taken, 0, 2_000);
    expect(probe).toMatchObject({ kind: 'start', health: { breaker: 'probing', failingSince: 1_000 } });
    if (probe.kind !== 'start') return;
    expect(admit(probe.health, 1, 2_000)).toEqual({ kind: 'full' });
    expect(report(probe.health, success, 2_000, rules)).toEqual(initialHealth(rules));
    expect(report(probe.health, failure, 2_000, rules).breaker).toBe('open');
  });

  it('asks one attempt at once when its owner wants something sent, and begins a new record where the owner did', () => {
    const open = after(times(10, failure), 1_000);
    expect(endPause(open, 1_000)).toEqual({ ...open, openUntil: 0 });
    const resumed = endPause(open, undefined);
    expect(resumed.failingSince).toBeUndefined();
    const probe = admit(resumed, 0, 2_000);
    if (probe.kind !== 'start') throw new Error('no probe');
    expect(report(probe.health, failure, 2_000, rules).failingSince).toBe(2_000);
    expect(report(probe.health, success, 2_000, rules)).toEqual(initialHealth(rules));
  });

  it('remembers since when nothing has reached the receiver, and gives up after five days', () => {
    const day = 86_400_000;
    const first = report(initialHealth(rules), failure, day, rules);
    const later = report(first, failure, 4 * day, rules);
    expect(later.failingSince).toBe(day);
    expect(mustDisable(later, 6 * day - 1, rules)).toBe(false);
    expect(mustDisable(later, 6 * day, rules)).toBe(true);
    expect(mustDisable(report(later, success, 6 * day, rules), 9 * day, rules)).toBe(false);
  });

  it('whatever happens: stays within its limits, recovers from any state, never waits longer than asked or allowed', () => {
    const step = fc.oneof(
      { weight: 1, arbitrary: fc.constant({ kind: 'start' as const }) },
      fc.record({
        kind: fc.constant('end' as const),
        success: fc.boolean(),
        overloaded: fc.boolean(),
        retryAfterMs: fc.option(fc.integer({ min: 1, max: 1_000_000 }), { nil: undefined }),
      }),
      fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 400_000 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        let health = initialHealth(rules);
        let inFlight = 0;
        let nowMs = 0;
        for (const each of steps) {
          if (each.kind === 'pass') nowMs += each.ms;
          else if (each.kind === 'start') {
            const admission = admit(health, inFlight, nowMs);
            if (admission.kind === 'wait') expect(admission.untilMs - nowMs).toBeLessThanOrEqual(1_000_000);
            if (admission.kind !== 'start') continue;
            health = admission.health;
            inFlight++;
            expect(inFlight).toBeLessThanOrEqual(rules.maxLimit);
            if (health.breaker === 'probing') expect(inFlight).toBe(1);
          } else if (inFlight > 0) {
            inFlight--;
            const { retryAfterMs, ...reported } = each;
            health = report(
              health,
              { ...reported, ...(retryAfterMs === undefined || each.success ? {} : { retryAfterMs }) },
              nowMs,
              rules,
            );
            expect(health.limit).toBeGreaterThanOrEqual(1);
            expect(health.limit).toBeLessThanOrEqual(rules.maxLimit);
            if (each.success) expect(health).toMatchObject({ failures: 0, failingSince: undefined });
          }
        }
        const probe = admit(health, 0, nowMs + 1_000_001);
        expect(probe.kind).toBe('start');
      }),
    );
  });
});
