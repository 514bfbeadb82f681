import fc from 'fast-check';
import { expect, it } from 'vitest';
import { planPages } from './body-pages.ts';
import type { ToldEvent } from './delivery-table.ts';

const told = (tenant: string, body: string): ToldEvent => ({
  tenant,
  eventId: `evt_${body}`,
  type: 'message.received',
  sessionId: null,
  body,
  createdAt: new Date(0),
});
const planOf = (events: readonly ToldEvent[]) => {
  let pages = 0;
  return planPages(events, () => `page-${pages++}`);
};
const bytesOf = ({ bodies }: { bodies: readonly string[] }) => Buffer.from(bodies.join('\n'));

it('a body is found at its place in a page of its account, whatever characters it has', () => {
  const body = fc.oneof(
    fc.json(),
    fc.string({ unit: 'grapheme' }).map((text) => JSON.stringify({ text })),
  );
  const events = fc.array(fc.record({ tenant: fc.constantFrom('a', 'b', 'c'), body }), { maxLength: 60 });
  fc.assert(
    fc.property(events, (given) => {
      const all = given.map((each) => told(each.tenant, each.body));
      const { pages, places } = planOf(all);
      for (const [event, { pageId, start, length }] of places) {
        const page = pages.find(({ id }) => id === pageId);
        expect(page?.tenant).toBe(event.tenant);
        expect(bytesOf(page!).toString('utf8', start, start + length)).toBe(event.body);
      }
      // A page of its own would cost an account with few of them more than it spares.
      for (const own of Map.groupBy(all, ({ tenant }) => tenant).values())
        expect(own.filter((event) => places.has(event))).toHaveLength(own.length < 8 ? 0 : own.length);
    }),
  );
});

it('a page holds 64 kB, or one body that is longer', () => {
  const sizes = [30_000, 30_000, 30_000, 200_000, 10, 10, 10, 10];
  const { pages } = planOf(sizes.map((size, n) => told('a', String(n).repeat(size))));
  expect(pages.map(({ bodies }) => bodies.map(({ length }) => length))).toEqual([
    [30_000, 30_000],
    [30_000],
    [200_000],
    [10, 10, 10, 10],
  ]);
});
