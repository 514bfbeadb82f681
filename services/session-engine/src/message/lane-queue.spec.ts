import { describe, expect, it } from 'vitest';
import { message } from '../test-support/outbound-message.ts';
import { createLaneQueue } from './lane-queue.ts';
import type { OutboundMessage } from './outbound-message.ts';

function setup({ capacity = 64, table = [] as OutboundMessage[] } = {}) {
  let isAway = false;
  let reads = 0;
  const queue = createLaneQueue({
    capacity,
    async loadWaiting(after, limit) {
      reads += 1;
      if (isAway) throw new Error('the database is away');
      return table.filter(({ position }) => position > after).slice(0, limit);
    },
    onFilled: () => queue.refill(),
    onError: () => undefined,
  });
  const read = async () => {
    queue.refill();
    await new Promise(setImmediate);
    return reads;
  };
  const takeAll = async () => {
    const taken: number[] = [];
    for (let next = queue.take(() => true); next; next = queue.take(() => true)) {
      taken.push(next.position);
      await read();
    }
    return taken;
  };
  return { queue, read, takeAll, setAway: (away: boolean) => (isAway = away) };
}

describe('The messages of a send lane', () => {
  it('that did not fit in memory are taken up from the table, in order', async () => {
    const table = Array.from({ length: 20 }, (_, index) => message(index + 1));
    const { queue, takeAll } = setup({ capacity: 4, table });
    for (const each of table) queue.offer(each);
    expect(queue.all()).toHaveLength(4);
    expect(await takeAll()).toEqual(table.map(({ position }) => position));
  });

  it('that were read before their acceptance was heard of are there once', async () => {
    const { queue, read, takeAll } = setup({ table: [message(1), message(2)] });
    queue.expectBacklog();
    await read();
    queue.offer(message(2));
    queue.offer(message(3));
    expect(await takeAll()).toEqual([1, 2, 3]);
  });

  it('are asked for once at a time while the table is away, and come when it is back', async () => {
    const { queue, read, takeAll, setAway } = setup({ table: [message(1)] });
    setAway(true);
    queue.expectBacklog();
    expect([await read(), await read()]).toEqual([1, 2]);
    setAway(false);
    await read();
    expect(await takeAll()).toEqual([1]);
  });

  it('go back to their places', async () => {
    const { queue, takeAll } = setup();
    for (const position of [1, 2, 3]) queue.offer(message(position));
    const taken = [1, 2].flatMap(() => queue.take(() => true) ?? []);
    queue.putBack(...taken.reverse());
    expect(await takeAll()).toEqual([1, 2, 3]);
  });
});
