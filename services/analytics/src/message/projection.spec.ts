import { isDeepStrictEqual } from 'node:util';
import type { MessageEvent, MessageStatus } from '@wam/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CounterDelta, contributionOf, countNames, countTransitions } from '../counters/projection.ts';
import { type Histograms, type LatencyDelta, latencyTransitions, sumOf } from '../latency/projection.ts';
import {
  disturbed,
  instant,
  messageEvent,
  messageIdOf,
  messageScript,
  privateOf,
  sessionIdOf,
} from '../testing/histories.ts';
import { evolve, firstCharacters, type MessageRow, type OpenSealed } from './projection.ts';

const open: OpenSealed = (event) => privateOf(event.data.messageId);
const fold = (events: readonly MessageEvent[]): MessageRow =>
  events.reduce<MessageRow | undefined>((row, event) => evolve(row, event, open), undefined) as MessageRow;
const ids = { sessionId: sessionIdOf(0), messageId: messageIdOf(1), waMessageId: '3EB01' };
const acceptedAt = instant(0);
const accepted = messageEvent('MessageAccepted', instant(5), { ...ids, acceptedAt, sealed: 'x' });
const sent = messageEvent('MessageSent', instant(10), { ...ids, acceptedAt });
const delivered = messageEvent('MessageDelivered', instant(20), ids);
const read = messageEvent('MessageRead', instant(30), ids);
const failed = messageEvent('MessageFailed', instant(15), {
  ...ids,
  acceptedAt,
  sealed: 'x',
  code: 'SEND_FAILED',
  reason: 'r',
});

describe('a message', () => {
  it('shows its timeline, recipient and the first 100 characters of its text', () => {
    const longText: OpenSealed = () => ({ phone: '919876543210', text: 'x'.repeat(300) });
    const row = [accepted, sent, delivered, read].reduce<MessageRow | undefined>(
      (r, e) => evolve(r, e, longText),
      undefined,
    );
    expect(row).toMatchObject({
      ...ids,
      direction: 'out',
      recipient: '919876543210',
      excerpt: 'x'.repeat(100),
      status: 'read',
      acceptedAt,
      sentAt: instant(10),
      deliveredAt: instant(20),
      readAt: instant(30),
      failedAt: null,
    });
  });

  it('that was refused after the acknowledgement is failed, and no longer sent', () => {
    expect(fold([accepted, sent, failed]).status).toBe('failed');
    expect(countTransitions([{ before: fold([accepted, sent]), after: fold([accepted, sent, failed]) }])).toMatchObject(
      [{ sent: -1, failed: 1 }],
    );
  });

  it('that a phone received is not failed, whatever came before or after', () => {
    expect(fold([accepted, failed, delivered]).status).toBe('delivered');
    expect(fold([accepted, sent, delivered, failed]).status).toBe('delivered');
    expect(contributionOf(fold([accepted, sent, read, failed]))).toMatchObject({
      sent: 1,
      delivered: 1,
      read: 1,
      failed: 0,
    });
  });

  it('counts as sent and delivered when its read receipt is all that is known', () => {
    expect(contributionOf(fold([read]))).toMatchObject({ sent: 1, delivered: 1, read: 1 });
  });

  it('stays visible without recipient and text when the key of its contact is gone', () => {
    expect(evolve(undefined, accepted, () => undefined)).toMatchObject({
      recipient: null,
      excerpt: null,
      status: 'accepted',
    });
  });

  it('that was erased stays so, whatever comes later', () => {
    const erasedEvent = { ...accepted, data: { ...accepted.data, sealed: '' } } as MessageEvent;
    expect(fold([erasedEvent, failed])).toMatchObject({ recipient: '', excerpt: '', status: 'failed' });
  });

  it('is stored without characters that Postgres refuses', () => {
    const row = evolve(undefined, accepted, () => ({ phone: '1', text: 'a\u0000b\ud83d' }));
    expect(row.excerpt).toBe('ab\ufffd');
  });

  it('is cut between characters, never inside one', () => {
    expect(firstCharacters('\u{1F600}'.repeat(200), 100)).toBe('\u{1F600}'.repeat(100));
    expect(firstCharacters('short', 100)).toBe('short');
  });
});

describe('an incoming message', () => {
  const received = (kind: 'text' | 'reaction') =>
    messageEvent('MessageReceived', instant(1), { ...ids, receivedAt: instant(0), kind, offline: false, sealed: 'x' });

  it('is received, once', () => {
    const row = fold([received('text'), received('text')]);
    expect(row).toMatchObject({ direction: 'in', status: 'received', acceptedAt: instant(0) });
    expect(contributionOf(row)).toMatchObject({ received: 1, sent: 0, failed: 0 });
  });

  it('is not counted when it is only about another message', () => {
    expect(contributionOf(fold([received('reaction')]))).toMatchObject({ received: 0 });
  });
});

const rank: Record<MessageStatus | 'received', number> = {
  accepted: 0,
  sent: 1,
  failed: 2,
  delivered: 3,
  read: 4,
  received: 5,
};
/** Running sums of counter changes; a sum of zero is no entry. */
function addTo(sums: Map<string, number>, deltas: Iterable<CounterDelta>): void {
  for (const delta of deltas) {
    for (const name of countNames) {
      if (delta[name] === 0) continue;
      const key = `${delta.tenant} ${delta.sessionId} ${delta.bucketAt} ${name}`;
      const sum = (sums.get(key) ?? 0) + delta[name];
      if (sum === 0) sums.delete(key);
      else sums.set(key, sum);
    }
  }
}
const recountOf = (row: MessageRow): Map<string, number> => {
  const sums = new Map<string, number>();
  const contribution = contributionOf(row);
  if (contribution !== undefined) addTo(sums, [contribution]);
  return sums;
};
const latencyOf = (row: MessageRow): LatencyDelta[] => latencyTransitions([{ before: undefined, after: row }]);

describe('any order and any repetition of events', () => {
  const seed = Date.now() & 0x7fffffff;
  const script = messageScript(1).chain((s) => fc.tuple(fc.constant(s), disturbed(s.ordered)));

  it(`gives the same row, counters and latencies as the ordered history (100,000 sequences, seed ${seed})`, () => {
    fc.assert(
      fc.property(script, ([{ ordered }, shuffled]) => {
        let row: MessageRow | undefined;
        const sums = new Map<string, number>();
        let histograms: Histograms = {};
        for (const event of shuffled) {
          const next = evolve(row, event, open);
          if (row !== undefined && rank[next.status] < rank[row.status]) throw new Error('status went back');
          const change = [{ before: row, after: next }];
          addTo(sums, countTransitions(change));
          histograms = sumOf(histograms, ...latencyTransitions(change).map((delta) => delta.histograms));
          row = next;
          // What the counters hold at any moment is what a recount of the rows gives. Compared by hand: expect() costs 50 us.
          if (!isDeepStrictEqual(sums, recountOf(next))) expect(sums).toEqual(recountOf(next));
        }
        const expected = fold(ordered);
        if (!isDeepStrictEqual(row, expected)) expect(row).toEqual(expected);
        const latencies = sumOf(...latencyOf(expected).map((delta) => delta.histograms));
        if (!isDeepStrictEqual(histograms, latencies)) expect(histograms).toEqual(latencies);
      }),
      { numRuns: 100_000, seed },
    );
  }, 120_000);
});
