import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DueDelivery } from './delivery-table.ts';
import { createIntake, type PageWanted } from './intake.ts';

const delivery = (id: string, sessionId: string | null = null): DueDelivery => ({
  ...{ id, eventId: id, sessionId, body: 'x', attempts: 0, tries: 0, dueAt: 0 },
});
const taken = (intake: { take(nowMs: number): DueDelivery | undefined }): string[] => {
  const ids: string[] = [];
  for (let next = intake.take(0); next !== undefined; next = intake.take(0)) ids.push(next.id);
  return ids;
};

/** A table whose readings end when told. */
function table() {
  const pages: { wanted: PageWanted; answer: (found: DueDelivery[] | Error) => void }[] = [];
  const readPage = (wanted: PageWanted): Promise<DueDelivery[]> => {
    const { promise, resolve, reject } = Promise.withResolvers<DueDelivery[]>();
    pages.push({ wanted, answer: (found) => (found instanceof Error ? reject(found) : resolve(found)) });
    return promise;
  };
  return { pages, readPage };
}

describe('what is handed over', () => {
  it('goes to the queue once the table is read to its end, and is read from it before that', async () => {
    const { pages, readPage } = table();
    const intake = createIntake(false, readPage);
    intake.offer([delivery('a')]);
    expect(taken(intake)).toEqual([]);
    const reading = intake.read(10, 0);
    pages[0]!.answer([delivery('a')]);
    await reading;
    expect(intake.mayHaveMore).toBe(false);
    intake.offer([delivery('b')]);
    expect(taken(intake)).toEqual(['a', 'b']);
  });

  it('during a reading is taken once, whether the reading finds it or not', async () => {
    const { pages, readPage } = table();
    const intake = createIntake(false, readPage);
    const reading = intake.read(10, 0);
    intake.offer([delivery('found')]);
    intake.offer([delivery('late')]);
    pages[0]!.answer([delivery('found')]);
    await reading;
    expect(taken(intake)).toEqual(['found', 'late']);
  });

  it('does not overtake what a full page has left in the table', async () => {
    const { pages, readPage } = table();
    const intake = createIntake(false, readPage);
    const reading = intake.read(1, 0);
    intake.offer([delivery('late')]);
    pages[0]!.answer([delivery('early')]);
    await reading;
    expect(taken(intake)).toEqual(['early']);
    expect(intake.mayHaveMore).toBe(true);
  });

  it('stays in the table where order is asked for, where there is no room, and where the reading failed', async () => {
    const ordered = createIntake(true, () => Promise.resolve([]));
    await ordered.read(10, 0);
    ordered.offer([delivery('a', 's')]);
    expect([taken(ordered), ordered.mayHaveMore]).toEqual([[], true]);

    const full = createIntake(false, () => Promise.resolve([]));
    await full.read(10, 0);
    full.offer(Array.from({ length: 5_001 }, (_, i) => delivery(String(i))));
    expect([full.size, full.bytes, full.mayHaveMore]).toEqual([0, 0, true]);

    const failing = createIntake(false, () => Promise.reject(new Error('away')));
    await expect(failing.read(10, 0)).rejects.toThrow('away');
    failing.offer([delivery('a')]);
    expect([taken(failing), failing.mayHaveMore]).toEqual([[], true]);
  });

  it('is never lost and never taken twice, however readings, hand-overs, outcomes and failures fall together', async () => {
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({ kind: fc.constant('commit' as const), count: fc.integer({ min: 1, max: 4 }) }),
      },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('take' as const) }) },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('settle' as const), fails: fc.boolean() }) },
      { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('hand over', 'read', 'answer', 'break', 'reorder') }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 120 }), async (steps) => {
        const pending = new Map<string, DueDelivery>();
        const underWay = new Map<string, DueDelivery>();
        // Committed, which this process has not heard yet.
        const unheard: DueDelivery[][] = [];
        const { pages, readPage } = table();
        let [made, ordered] = [0, false];
        let reading: Promise<void> | undefined;
        // What the database saw when it was asked, answered later.
        let snapshot: DueDelivery[] = [];
        const intake = createIntake(ordered, (wanted) => {
          const free = [...pending.values()].filter(({ id, sessionId }) =>
            wanted.ordered ? !wanted.exceptSessions.includes(sessionId) : !wanted.exceptIds.includes(id),
          );
          snapshot = free.slice(0, wanted.limit);
          return readPage(wanted);
        });
        const read = (): void => {
          reading ??= intake
            .read(3, 0)
            .catch(() => undefined)
            .then(() => {
              reading = undefined;
            });
        };
        const take = (): boolean => {
          const next = intake.take(0);
          if (next === undefined) return false;
          expect(underWay.has(next.id)).toBe(false);
          expect(pending.has(next.id)).toBe(true);
          underWay.set(next.id, next);
          return true;
        };
        const handOver = (): void => intake.offer(unheard.shift() ?? []);
        const settle = (fails: boolean): void => {
          const [first] = underWay.values();
          if (first === undefined) return;
          // Its outcome takes a commit of its own: the one before is heard of by then.
          while (unheard.some((batch) => batch.includes(first))) handOver();
          underWay.delete(first.id);
          if (!fails) pending.delete(first.id);
          intake.settle(first, fails ? 0 : undefined);
        };
        for (const each of steps) {
          if (each.kind === 'commit') {
            const added = Array.from({ length: each.count }, () => delivery(String(made++), `s${made % 2}`));
            for (const one of added) pending.set(one.id, one);
            unheard.push(added);
          } else if (each.kind === 'take') take();
          else if (each.kind === 'settle') settle(each.fails);
          else if (each.kind === 'hand over') handOver();
          else if (each.kind === 'read') read();
          else if (each.kind === 'reorder') {
            ordered = !ordered;
            intake.changeOrder(ordered);
          } else if (reading !== undefined) {
            pages.at(-1)!.answer(each.kind === 'answer' ? snapshot : new Error('away'));
            await reading;
          }
        }
        while (unheard.length > 0) handOver();
        for (let round = 0; pending.size > 0 && round < 1_000; round++) {
          if (reading === undefined && intake.mayHaveMore) read();
          if (reading !== undefined) {
            pages.at(-1)!.answer(snapshot);
            await reading;
          }
          while (take());
          while (underWay.size > 0) settle(false);
        }
        expect([...pending.keys()]).toEqual([]);
      }),
    );
  });
});
