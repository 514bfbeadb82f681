import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs, type ClosedConnection, decideReconnect, isInterruption, qrPatienceMs } from './reconnect-policy.ts';

const after = (cause: ClosedConnection['cause'], more: Partial<ClosedConnection> = {}) =>
  decideReconnect({ cause, failures: 0, random: 0.5, unscannedMs: 0, ...more });

describe('After a connection ended', () => {
  it('the restart that pairing asks for (515) happens at once', () =>
    expect(after('restart-required')).toEqual({ kind: 'reconnect', attempt: 1, delayMs: 0 }));

  it('endless requests to restart do not become a busy loop', () =>
    expect(after('restart-required', { failures: 3 })).toMatchObject({
      kind: 'reconnect',
      delayMs: expect.toSatisfy((ms) => ms > 1000),
    }));

  it.each(['connection-lost', 'connection-refused', 'unresponsive', 'server-unavailable', 'unknown'] as const)(
    '%s is tried again, later each time',
    (cause) => {
      const delays = [0, 1, 2, 3].map((failures) => {
        const next = after(cause, { failures });
        return next.kind === 'reconnect' ? next.delayMs : Number.NaN;
      });
      expect(delays).toEqual([...delays].sort((a, b) => a - b));
      expect(new Set(delays).size).toBe(4);
    },
  );

  it('another owner of the account (440) is never fought', () =>
    expect(after('replaced')).toEqual({ kind: 'stop', as: 'disconnected' }));

  it('a logout (401) needs a new QR code, on demand', () =>
    expect(after('logged-out')).toEqual({ kind: 'stop', as: 'disconnected' }));

  it.each(['banned', 'client-outdated'] as const)('%s is an error nobody can wait out', (cause) =>
    expect(after(cause)).toEqual({ kind: 'stop', as: 'error' }),
  );

  it('QR codes are renewed until it is clear that nobody scans', () => {
    expect(after('qr-timeout', { unscannedMs: qrPatienceMs - 1 })).toMatchObject({ kind: 'reconnect', delayMs: 0 });
    expect(after('qr-timeout', { unscannedMs: qrPatienceMs })).toEqual({ kind: 'stop', as: 'disconnected' });
  });
});

describe('The backoff', () => {
  it('stays between half and all of a ceiling that doubles up to a minute', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (failures, random) => {
        const ceiling = Math.min(60_000, 500 * 2 ** Math.min(failures, 16));
        const ms = backoffMs(failures, random);
        expect(ms).toBeGreaterThanOrEqual(ceiling / 2);
        expect(ms).toBeLessThanOrEqual(ceiling);
      }),
    );
  });
});

describe('A session that changes owners', () => {
  it('after its owner died is told to be reconnecting at once', () =>
    expect(isInterruption({ released: false, withoutConnectionMs: 0 })).toBe(true));

  it('that was handed over is not, unless it takes a second', () => {
    expect(isInterruption({ released: true, withoutConnectionMs: 999 })).toBe(false);
    expect(isInterruption({ released: true, withoutConnectionMs: 1_000 })).toBe(true);
  });
});
