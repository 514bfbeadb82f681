/** The rules of an event store, run against every adapter. */
import type { AnyEvent } from '@wam/contracts';
import { newUlid } from '@wam/service-kit';
import { beforeEach, describe, expect, test } from 'vitest';
import { type EventStore, SequenceConflict } from './event-store.ts';

const tenant = '00000000-0000-4000-8000-000000000001';
export const eventNamed = (type: string, version = 1, data: unknown = {}): AnyEvent => ({
  id: newUlid(),
  type,
  v: 1,
  tenant,
  at: '2026-01-01T00:00:00.000Z',
  correlationId: 'spec',
  causationId: 'spec',
  version,
  data,
});

export function eventStoreFeatures(name: string, createStore: () => Promise<EventStore>): void {
  describe(`${name} event store`, () => {
    let store: EventStore;
    let subject: string;
    const typesOf = async (of = subject) => (await store.read(of)).events.map(({ event }) => event.type);

    beforeEach(async () => {
      store = await createStore();
      subject = `evt.session.${tenant}.${newUlid()}`;
    });

    test('an aggregate nobody wrote to is empty and at sequence 0', async () => {
      expect(await store.read(subject)).toEqual({ events: [], lastSequence: 0 });
    });

    test('events are read as they were appended, in order', async () => {
      const events = [eventNamed('A', 1, { text: 'äöü "quoted"', list: [1, { deep: true }] }), eventNamed('B', 2)];
      const { sequences, lastSequence } = await store.append(subject, events, { expectedSequence: 0 });
      const read = await store.read(subject);
      expect(read.events.map(({ event }) => event)).toEqual(events);
      expect(read.events.map(({ seq }) => seq)).toEqual(sequences);
      expect(read.lastSequence).toBe(lastSequence);
      expect(sequences).toEqual([...sequences].sort((a, b) => a - b));
    });

    test('what a reader changes in its copy is not changed for others', async () => {
      await store.append(subject, [eventNamed('A', 1, { n: 1 })], { expectedSequence: 0 });
      const [read] = (await store.read(subject)).events;
      (read!.event.data as { n: number }).n = 2;
      expect((await store.read(subject)).events[0]?.event.data).toEqual({ n: 1 });
    });

    test('appending nothing changes nothing', async () => {
      const { lastSequence } = await store.append(subject, [eventNamed('A')], { expectedSequence: 0 });
      const nothing = await store.append(subject, [], { expectedSequence: lastSequence });
      expect(nothing).toEqual({ sequences: [], lastSequence });
      expect(await typesOf()).toEqual(['A']);
    });

    test('a writer goes on from the sequence of its last append', async () => {
      let expectedSequence = 0;
      for (const type of ['A', 'B', 'C'])
        ({ lastSequence: expectedSequence } = await store.append(subject, [eventNamed(type)], { expectedSequence }));
      expect(await typesOf()).toEqual(['A', 'B', 'C']);
    });

    test('a writer that does not know the last event is refused and nothing is stored', async () => {
      const { lastSequence } = await store.append(subject, [eventNamed('A')], { expectedSequence: 0 });
      await store.append(subject, [eventNamed('B')], { expectedSequence: lastSequence });
      for (const expectedSequence of [0, lastSequence, lastSequence + 1_000]) {
        const refused = store.append(subject, [eventNamed('C'), eventNamed('D')], { expectedSequence });
        await expect(refused).rejects.toBeInstanceOf(SequenceConflict);
        await expect(refused).rejects.toMatchObject({ subject, appended: 0 });
      }
      expect(await typesOf()).toEqual(['A', 'B']);
    });

    test('of 50 writers racing for one place exactly one wins', async () => {
      const { lastSequence } = await store.append(subject, [eventNamed('A')], { expectedSequence: 0 });
      const outcomes = await Promise.allSettled(
        Array.from({ length: 50 }, (_, n) =>
          store.append(subject, [eventNamed(`Racer${n}`)], { expectedSequence: lastSequence }),
        ),
      );
      const winners = outcomes.flatMap((outcome, n) => (outcome.status === 'fulfilled' ? [`Racer${n}`] : []));
      const losses = outcomes.filter((outcome) => outcome.status === 'rejected');
      expect(winners).toHaveLength(1);
      expect(losses.every(({ reason }) => reason instanceof SequenceConflict)).toBe(true);
      expect(await typesOf()).toEqual(['A', ...winners]);
    });

    test('writers of different aggregates never conflict', async () => {
      const subjects = Array.from({ length: 20 }, (_, n) => `${subject}${n}`);
      await Promise.all(
        subjects.map(async (each) => {
          const { lastSequence } = await store.append(each, [eventNamed('A')], { expectedSequence: 0 });
          await store.append(each, [eventNamed('B')], { expectedSequence: lastSequence });
        }),
      );
      for (const each of subjects) expect(await typesOf(each)).toEqual(['A', 'B']);
    });

    test('an aggregate whose id begins like another one is another one', async () => {
      await store.append(`${subject}1`, [eventNamed('Other')], { expectedSequence: 0 });
      await store.append(subject, [eventNamed('Own')], { expectedSequence: 0 });
      expect(await typesOf()).toEqual(['Own']);
    });

    test('a single writer may append without expecting anything', async () => {
      await store.append(subject, [eventNamed('A')], { expectedSequence: 'any' });
      await store.append(subject, [eventNamed('B'), eventNamed('C')], { expectedSequence: 'any' });
      expect(await typesOf()).toEqual(['A', 'B', 'C']);
    });

    test('repeating an append whose answer was lost stores nothing twice and answers the same', async () => {
      const events = [eventNamed('A'), eventNamed('B')];
      const first = await store.append(subject, events, { expectedSequence: 0 });
      expect(await store.append(subject, events, { expectedSequence: 0 })).toEqual(first);
      expect(await store.append(subject, events, { expectedSequence: 'any' })).toEqual(first);
      expect(await typesOf()).toEqual(['A', 'B']);
    });

    test('repeating an append that was cut off in the middle completes it', async () => {
      const events = [eventNamed('A'), eventNamed('B'), eventNamed('C')];
      await store.append(subject, events.slice(0, 2), { expectedSequence: 0 });
      await store.append(subject, events, { expectedSequence: 0 });
      expect(await typesOf()).toEqual(['A', 'B', 'C']);
    });

    test('reading after a sequence gives only what came later', async () => {
      const { sequences } = await store.append(subject, [eventNamed('A'), eventNamed('B')], { expectedSequence: 0 });
      await store.append(`${subject}x`, [eventNamed('Other')], { expectedSequence: 0 });
      await store.append(subject, [eventNamed('C')], { expectedSequence: sequences[1]! });
      const later = await store.read(subject, sequences[0]);
      expect(later.events.map(({ event }) => event.type)).toEqual(['B', 'C']);
      expect(await store.read(subject, later.lastSequence)).toEqual({ events: [], lastSequence: later.lastSequence });
    });

    test('a long aggregate among many others is read whole', async () => {
      const append = (to: string, n: number) =>
        store.append(to, [eventNamed('Counted', n, { n })], { expectedSequence: 'any' });
      for (let start = 0; start < 1_500; start += 250)
        await Promise.all(
          Array.from({ length: 250 }, (_, n) => [append(subject, start + n), append(`${subject}.noise${n}`, n)]).flat(),
        );
      const { events, lastSequence } = await store.read(subject);
      expect(events.map(({ event }) => (event.data as { n: number }).n)).toEqual(
        Array.from({ length: 1_500 }, (_, n) => n),
      );
      expect(lastSequence).toBe(events.at(-1)?.seq);
    });
  });
}
