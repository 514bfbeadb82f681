import { expect, it } from 'vitest';
import { afterFailure } from './retry-policy.ts';

const after = (deliveryCount: number, more = {}) =>
  afterFailure({ type: 'DeleteSession', deliveryCount, isConnectionFailure: false, ...more });

it('A command that fails comes again after 1, 5, 30 and 30 seconds, and is a dead letter at the fifth failure', () => {
  expect([1, 2, 3, 4, 5].map((deliveryCount) => after(deliveryCount))).toEqual([
    { kind: 'again', delayMs: 1_000 },
    { kind: 'again', delayMs: 5_000 },
    { kind: 'again', delayMs: 30_000 },
    { kind: 'again', delayMs: 30_000 },
    { kind: 'dead-letter' },
  ]);
});

it('A message that is sent again waits for the database however long it is away', () => {
  const again = { type: 'ResendMessage', isConnectionFailure: true };
  expect(after(100, again)).toEqual({ kind: 'again', delayMs: 5_000 });
  expect(after(5, { ...again, isConnectionFailure: false })).toEqual({ kind: 'dead-letter' });
});
