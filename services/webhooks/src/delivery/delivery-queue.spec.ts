import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createOrderedQueue, createUnorderedQueue } from './delivery-queue.ts';
import type { DueDelivery } from './delivery-table.ts';
import { createSlots } from './slots.ts';

const delivery = (id: string, sessionId: string | null = null, dueAt = 0): DueDelivery => ({
  id,
  eventId: id,
  sessionId,
  body: Buffer.alloc(0),
  attempts: 0,
  tries: 0,
  dueAt,
});

describe('a webhook without order', () => {
  it('gives out what was read, and names what must not be read again', () => {
    const queue = createUnorderedQueue();
    queue.add([delivery('a'), delivery('b')]);
    const first = queue.take(0);
    expect(first?.id).toBe('a');
    expect(queue.ids()).toEqual(['a', 'b']);
    queue.settle(first!, undefined);
    expect(queue.ids()).toEqual(['b']);
  });
});

describe('a webhook with order', () => {
  it('sends one event of a session at a time, and other sessions beside it', () => {
    const queue = createOrderedQueue();
    queue.add([delivery('a1', 'a'), delivery('a2', 'a'), delivery('b1', 'b')]);
    const a1 = queue.take(0)!;
    const b1 = queue.take(0)!;
    expect([a1.id, b1.id, queue.take(0)]).toEqual(['a1', 'b1', undefined]);
    queue.settle(a1, undefined);
    expect(queue.take(0)?.id).toBe('a2');
  });

  it('holds back a session whose first event waits for its next attempt', () => {
    const queue = createOrderedQueue();
    queue.add([delivery('a1', 'a'), delivery('a2', 'a')]);
    queue.settle(queue.take(0)!, 5_000);
    expect(queue.take(4_999)).toBeUndefined();
    expect(queue.closedSessions(4_999)).toEqual(['a']);
    expect(queue.reopensAt).toBe(5_000);
    expect(queue.closedSessions(5_000)).toEqual([]);
    expect(queue.reopensAt).toBeUndefined();
  });

  it('closes a session that is read before its first event is due', () => {
    const queue = createOrderedQueue();
    queue.add([delivery('a1', 'a', 5_000), delivery('a2', 'a')]);
    expect(queue.take(0)).toBeUndefined();
    expect(queue.closedSessions(0)).toEqual(['a']);
  });

  it('never breaks the order of a session, whatever fails and whenever it is read', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ session: fc.constantFrom('a', 'b', null), fails: fc.nat(2) }), { maxLength: 30 }),
        fc.array(fc.nat(), { minLength: 1 }),
        fc.integer({ min: 1, max: 10 }),
        (events, picks, pageSize) => {
          const log = events.map((event, i) => ({ ...event, ...delivery(String(i), event.session) }));
          const pending = new Set(log);
          const sent = new Map<string | null, number[]>();
          const queue = createOrderedQueue();
          const underWay: DueDelivery[] = [];
          let nowMs = 0;
          for (let step = 0; pending.size > 0 && step < 2_000; step++) {
            if (queue.size === 0) {
              const closed = queue.closedSessions(nowMs);
              queue.add([...pending].filter(({ sessionId }) => !closed.includes(sessionId)).slice(0, pageSize));
            }
            const next = queue.take(nowMs);
            if (next !== undefined) underWay.push(next);
            nowMs += 7;
            const pick = picks[step % picks.length]!;
            // Now and then one more begins before one ends.
            const [ended] =
              step % 2 === 1 && pick % 2 === 1 ? [] : underWay.splice(pick % Math.max(1, underWay.length), 1);
            if (ended === undefined) continue;
            const event = log[Number(ended.id)]!;
            expect([...pending].find(({ sessionId }) => sessionId === event.sessionId)).toBe(event);
            if (event.fails-- > 0) {
              event.dueAt = nowMs + 50;
              queue.settle(ended, event.dueAt);
            } else {
              pending.delete(event);
              sent.set(event.sessionId, [...(sent.get(event.sessionId) ?? []), Number(ended.id)]);
              queue.settle(ended, undefined);
            }
          }
          expect(pending.size).toBe(0);
          for (const order of sent.values()) expect(order).toEqual(order.toSorted((x, y) => x - y));
        },
      ),
    );
  });
});

describe('slots', () => {
  it('bound the attempts of an account and of the process, and call who waits in turn', () => {
    const slots = createSlots({ perTenant: 2, inAll: 3 });
    const called: string[] = [];
    const ask = (tenant: string, who = tenant): boolean =>
      slots.take(tenant, () => {
        called.push(who);
        ask(tenant, who);
      });
    expect([ask('a'), ask('a'), ask('a', 'a3'), ask('b'), ask('b', 'b2'), ask('c')]).toEqual([
      true,
      true,
      false,
      true,
      false,
      false,
    ]);
    slots.free('a');
    expect(called).toEqual(['a3']);
    slots.free('b');
    expect(called).toEqual(['a3', 'b2']);
    slots.free('a');
    expect(called).toEqual(['a3', 'b2', 'c']);
  });

  it('are kept for accounts that have few under way, when receivers of many accounts hang together', () => {
    const slots = createSlots({ perTenant: 8, inAll: 16 });
    const called: string[] = [];
    const takeAll = (tenant: string): number => {
      let count = 0;
      while (slots.take(tenant, () => called.push(tenant))) count++;
      return count;
    };
    expect(['a', 'b', 'c', 'd'].map(takeAll)).toEqual([8, 4, 4, 0]);
    // One of them has ended: that is for who has few.
    slots.free('a');
    expect(called).toEqual(['d']);
    expect(takeAll('d')).toBe(1);
    for (let ended = 0; ended < 5; ended++) slots.free('a');
    // Beyond that, for everybody.
    expect(new Set(called)).toEqual(new Set(['a', 'b', 'c', 'd']));
  });

  it('are found by whoever waits, whoever ends', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ tenant: fc.constantFrom('a', 'b', 'c'), wanted: fc.nat(12) }), {
          minLength: 1,
          maxLength: 12,
        }),
        fc.array(fc.nat()),
        (asking, order) => {
          const slots = createSlots({ perTenant: 6, inAll: 8 });
          const underWay: string[] = [];
          for (const { tenant, wanted } of asking) {
            let left = wanted;
            const pump = (): void => {
              while (left > 0 && slots.take(tenant, pump)) {
                left--;
                underWay.push(tenant);
                expect(underWay.length).toBeLessThanOrEqual(8);
              }
            };
            pump();
          }
          let ended = 0;
          for (let turn = 0; underWay.length > 0; turn++, ended++) {
            const [tenant] = underWay.splice((order[turn % Math.max(1, order.length)] ?? 0) % underWay.length, 1);
            slots.free(tenant!);
          }
          // Nobody was left waiting.
          expect(ended).toBe(asking.reduce((sum, { wanted }) => sum + wanted, 0));
        },
      ),
    );
  });

  it('go to the next one when who is called has nothing to send any more', () => {
    const slots = createSlots({ perTenant: 1, inAll: 1 });
    const sending: string[] = [];
    const take = (tenant: string, who: string) => {
      if (slots.take(tenant, () => take(tenant, who))) sending.push(who);
    };
    take('a', 'first');
    slots.take('a', () => {});
    slots.take('b', () => {});
    take('a', 'of the same account');
    slots.free('a');
    expect(sending).toEqual(['first', 'of the same account']);
  });
});
