import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { AttemptResult, NewDelivery } from '../delivery/delivery-table.ts';
import { patienceMs } from '../delivery/unwritten.ts';
import { createOpenBatches, type OpenBatches } from './open-batches.ts';

const event = { tenant: 't', eventId: 'e', type: 'x', sessionId: null, body: '{}', createdAt: new Date(0) };
const deliveriesOf = (...ids: string[]): NewDelivery[] =>
  ids.map((id) => ({ webhookId: 'wh_1', id, ordered: false, event }));
const resultOf = (deliveryId: string) => ({ deliveryId, status: 'delivered' }) as AttemptResult;

let open: OpenBatches;
let asked = 0;
beforeEach(() => {
  asked = 0;
  open = createOpenBatches(() => asked++);
});
const add = (seq: number, attempted: string[], waiting: string[] = []) =>
  open.add(
    {
      ...{ fromSeq: seq - 1, toSeq: seq, deliveries: deliveriesOf(...attempted, ...waiting) },
      ...{ sessions: { saved: [], gone: [] }, plans: new Map() },
    },
    (deliveries) => deliveries.filter(({ id }) => waiting.includes(id)),
  );
const ripe = () => open.ripe().map(({ toSeq }) => toSeq);

describe('an open batch', () => {
  it('is written when everything that is attempted has its outcome, after those before it', () => {
    const [first, second] = [add(1, ['a', 'b']), add(2, ['c'])];
    expect(second.unwritten.note(resultOf('c'))).toBe(true);
    expect(first.unwritten.note(resultOf('a'))).toBe(true);
    expect(ripe()).toEqual([]);
    first.unwritten.note(resultOf('b'));
    expect(ripe()).toEqual([1, 2]);
    expect([...first.unwritten.outcomes.keys()]).toEqual(['a', 'b']);
  });

  it('is written at once when a delivery waits for its row, with all before it and whatever is under way', () => {
    const [first] = [add(1, ['a']), add(2, ['b'], ['c'])];
    add(3, ['d']);
    expect(asked).toBe(1);
    expect(ripe()).toEqual([1, 2]);
    expect(first.unwritten.note(resultOf('a'))).toBe(false);
  });

  it('is written without the outcomes for which there is no more patience', () => {
    vi.useFakeTimers();
    try {
      const batch = add(1, ['a']);
      vi.advanceTimersByTime(patienceMs - 1);
      expect(ripe()).toEqual([]);
      vi.advanceTimersByTime(1);
      expect([ripe(), batch.isOverdue]).toEqual([[1], true]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('that could not be written is offered again, with the same outcomes', () => {
    const batch = add(1, ['a'], ['b']);
    expect(ripe()).toEqual([1]);
    expect(batch.unwritten.note(resultOf('a'))).toBe(false);
    expect(ripe()).toEqual([1]);
    expect(batch.unwritten.outcomes.size).toBe(0);
  });

  it('tells those who attempt its deliveries whether their rows are there', async () => {
    const [first, second] = [add(1, [], ['a']), add(2, ['b'])];
    expect([open.fromSeq, open.toSeq, open.size]).toEqual([0, 2, 2]);
    open.written(open.ripe());
    expect(await first.unwritten.written).toBe(true);
    expect([open.fromSeq, open.toSeq, open.size]).toEqual([1, 2, 1]);
    expect(open.tenants).toEqual(['t']);
    open.lose();
    expect([await second.unwritten.written, second.unwritten.isLost, open.fromSeq]).toEqual([false, true, undefined]);
    expect(second.unwritten.note(resultOf('b'))).toBe(false);
  });

  it('of events that nobody is told of is written at once', () => {
    add(1, []);
    expect([asked, ripe()]).toEqual([1, [1]]);
  });
});
