import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evolve } from '../message/projection.ts';
import { messageEvent, messageIdOf, sessionIdOf } from '../testing/histories.ts';
import { bucketMs, contributionOf, countTransitions, totalPerSession } from './projection.ts';

const ids = { sessionId: sessionIdOf(0), messageId: messageIdOf(1), waMessageId: 'w' };
const rowSentAt = (acceptedAt: string, at: string) =>
  evolve(undefined, messageEvent('MessageSent', at, { ...ids, acceptedAt }), () => undefined);

describe('a message', () => {
  it('counts in the quarter of an hour in which it was accepted, whenever its events came', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }),
        (date) => {
          const row = rowSentAt(date.toISOString(), '2150-01-01T00:00:00.000Z');
          const quarter = new Date(Math.floor(date.getTime() / bucketMs) * bucketMs).toISOString();
          expect(contributionOf(row)).toMatchObject({ bucketAt: quarter, sent: 1 });
        },
      ),
    );
  });

  it('that is only accepted adds nothing', () => {
    const event = messageEvent('MessageAccepted', '2024-01-08T00:00:00.000Z', {
      ...ids,
      acceptedAt: '2024-01-08T00:00:00.000Z',
      sealed: '',
    });
    expect(countTransitions([{ before: undefined, after: evolve(undefined, event, () => undefined) }])).toEqual([]);
  });

  it('moves to the quarter of its acceptance when that becomes known late', () => {
    const read = messageEvent('MessageRead', '2024-01-08T10:50:00.000Z', ids);
    const before = evolve(undefined, read, () => undefined);
    const sent = messageEvent('MessageSent', '2024-01-08T10:31:00.000Z', {
      ...ids,
      acceptedAt: '2024-01-08T10:29:00.000Z',
    });
    const after = evolve(before, sent, () => undefined);
    const deltas = countTransitions([{ before, after }]);
    expect(deltas).toMatchObject([
      { bucketAt: '2024-01-08T10:45:00.000Z', sent: -1, delivered: -1, read: -1 },
      { bucketAt: '2024-01-08T10:15:00.000Z', sent: 1, delivered: 1, read: 1 },
    ]);
    expect(totalPerSession(deltas)).toEqual([]);
  });
});
