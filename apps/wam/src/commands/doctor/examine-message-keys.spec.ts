import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeMessageKeys, lastUnderAnotherKey } from './examine-message-keys.ts';

const dayMs = 86_400_000;

describe('the last event under another key', () => {
  it('is found wherever the key was replaced, and none where it never was', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { maxLength: 60 }),
        fc.nat(70),
        fc.integer({ min: 1, max: 1000 }),
        async (isSealed, replacedAt, firstSeq) => {
          const events = isSealed.map((sealed, index) => ({
            sealed,
            seq: firstSeq + index,
            other: index < replacedAt,
          }));
          const from = async (seq: number) => {
            const event = events.find((each) => each.sealed && each.seq >= seq);
            return event && { seq: event.seq, storedAt: new Date(event.seq), isUnderWamKek: !event.other };
          };
          const expected = events.findLast(({ sealed, other }) => sealed && other);
          const found = await lastUnderAnotherKey(from, firstSeq, firstSeq + events.length - 1);
          expect(found?.getTime()).toBe(expected?.seq);
        },
      ),
    );
  });
});

describe('the message key of gateways', () => {
  const replacedAt = new Date('2026-11-20T12:00:00Z');
  const says = (nowMs: number) => judgeMessageKeys(replacedAt, 3 * dayMs, nowMs).says;
  it('is needed as long as a feed may begin before the key was replaced', () => {
    expect(says(replacedAt.getTime() + 2 * dayMs)).toContain('until 2026-11-23T12:00:00.000Z (FEED_RETENTION)');
    expect(says(replacedAt.getTime() + 4 * dayMs)).toContain('no former message key any more');
    expect(judgeMessageKeys(undefined, dayMs, 0).says).toContain('are under WAM_KEK');
  });
});
