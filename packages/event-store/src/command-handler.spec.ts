import { type EventOf, isRejection, type Rejection, reject } from '@wam/contracts';
import { createSequentialIds, systemClock, VirtualClock } from '@wam/service-kit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CommandHandlerDependencies, createCommandHandler, type Handled } from './command-handler.ts';
import type { Decider, Fact } from './decider.ts';
import { type EventStore, SequenceConflict } from './event-store.ts';
import { createMemoryEventStore } from './memory-event-store.ts';
import { specifyDecider } from './testing/index.ts';

type AccountEvent =
  | EventOf<'Opened', { owner: string }>
  | EventOf<'Deposited', { amount: number; by: string }>
  | EventOf<'Closed', Record<string, never>>;
type AccountFact = Fact<AccountEvent>;
type AccountCommand =
  | { type: 'Open'; id: string; owner: string; deposit?: number }
  | { type: 'Deposit'; id: string; amount: number; by: string }
  | { type: 'Close'; id: string };
interface Account {
  open: boolean;
  closed: boolean;
  balance: number;
  depositors: string[];
}

const account: Decider<Account, AccountCommand, AccountFact> = {
  initialState: () => ({ open: false, closed: false, balance: 0, depositors: [] }),
  decide(command, state) {
    if (state.closed && command.type !== 'Close') return reject('ACCOUNT_NOT_FOUND');
    switch (command.type) {
      case 'Open': {
        const events: AccountFact[] = [];
        if (!state.open) events.push({ type: 'Opened', data: { owner: command.owner } });
        if (command.deposit !== undefined && !state.depositors.includes(command.owner))
          events.push({ type: 'Deposited', data: { amount: command.deposit, by: command.owner } });
        return events;
      }
      case 'Deposit':
        if (!state.open) return reject('ACCOUNT_NOT_FOUND', { param: 'id' });
        if (state.depositors.includes(command.by)) return [];
        return [{ type: 'Deposited', data: { amount: command.amount, by: command.by } }];
      case 'Close':
        return state.closed ? [] : [{ type: 'Closed', data: {} }];
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'Opened':
        return { ...state, open: true };
      case 'Deposited':
        return {
          ...state,
          balance: state.balance + event.data.amount,
          depositors: [...state.depositors, event.data.by],
        };
      case 'Closed':
        return { ...state, closed: true };
    }
  },
};

const context = { tenant: '00000000-0000-4000-8000-000000000001', correlationId: 'req-1', causationId: 'cmd-1' };
const subjectOf = (command: AccountCommand) => `evt.account.t.${command.id}`;
const handlerOn = (
  store: EventStore,
  more: Partial<CommandHandlerDependencies<Account, AccountCommand, AccountFact>> = {},
) =>
  createCommandHandler({
    store,
    decider: account,
    subjectOf,
    clock: systemClock,
    ids: createSequentialIds(),
    ...more,
  });
const balanceOf = (result: Handled<Account> | Rejection) => (isRejection(result) ? result.code : result.state.balance);

/** Sleeps for one turn of the event loop, whatever was asked: retries are about order here, not about time. */
const immediate = { ...systemClock, sleep: () => new Promise<void>((resolve) => setImmediate(resolve)) };

/** Counts what reaches the store, and can put something in between. */
function observed(store: EventStore, beforeAppend: () => Promise<void> = async () => {}) {
  const calls = { reads: 0, appends: 0 };
  const observing: EventStore = {
    async append(...parameters) {
      calls.appends += 1;
      await beforeAppend();
      return store.append(...parameters);
    },
    read(...parameters) {
      calls.reads += 1;
      return store.read(...parameters);
    },
  };
  return { store: observing, calls };
}

describe('handling a command', () => {
  test('appends its events, stamped with id, time, version and causes', async () => {
    const store = createMemoryEventStore();
    const clock = new VirtualClock('2026-03-01T12:00:00.000Z');
    const handler = handlerOn(store, { clock });
    const result = await handler.handle({ type: 'Open', id: 'a', owner: 'ann', deposit: 5 }, context);
    const { events, lastSequence } = await store.read('evt.account.t.a');
    expect(events.map(({ event }) => event)).toEqual([
      {
        id: '00000000000000000000000001',
        type: 'Opened',
        v: 1,
        at: '2026-03-01T12:00:00.000Z',
        version: 1,
        data: { owner: 'ann' },
        ...context,
      },
      {
        id: '00000000000000000000000002',
        type: 'Deposited',
        v: 1,
        at: '2026-03-01T12:00:00.000Z',
        version: 2,
        data: { amount: 5, by: 'ann' },
        ...context,
      },
    ]);
    expect(result).toEqual({ kind: 'handled', state: expect.objectContaining({ balance: 5 }), events, lastSequence });
  });

  test('answers a rejection without writing', async () => {
    const { store, calls } = observed(createMemoryEventStore());
    const result = await handlerOn(store).handle({ type: 'Deposit', id: 'a', amount: 1, by: 'bob' }, context);
    expect(result).toEqual({ kind: 'rejection', code: 'ACCOUNT_NOT_FOUND', param: 'id' });
    expect(calls.appends).toBe(0);
  });

  test('that was carried out before has no further effect', async () => {
    const handler = handlerOn(createMemoryEventStore());
    await handler.handle({ type: 'Open', id: 'a', owner: 'ann' }, context);
    const command: AccountCommand = { type: 'Deposit', id: 'a', amount: 1, by: 'bob' };
    const first = await handler.handle(command, context);
    const second = await handler.handle(command, context);
    expect(second).toMatchObject({ kind: 'handled', events: [], state: { balance: 1 } });
    expect((second as Handled<Account>).lastSequence).toBe((first as Handled<Account>).lastSequence);
  });

  test('on a cached aggregate needs no read', async () => {
    const { store, calls } = observed(createMemoryEventStore());
    const handler = handlerOn(store);
    await handler.handle({ type: 'Open', id: 'a', owner: 'ann' }, context);
    const { reads } = calls;
    for (const by of ['b', 'c', 'd']) await handler.handle({ type: 'Deposit', id: 'a', amount: 1, by }, context);
    expect(calls.reads).toBe(reads);
  });

  test('is never refused on a stale memory of the aggregate', async () => {
    const store = createMemoryEventStore();
    const [one, two] = [handlerOn(store), handlerOn(store)];
    await two.load('evt.account.t.a');
    await one.handle({ type: 'Open', id: 'a', owner: 'ann' }, context);
    expect(balanceOf(await two.handle({ type: 'Deposit', id: 'a', amount: 3, by: 'bob' }, context))).toBe(3);
  });

  test('keeps at most as many aggregates in memory as allowed', async () => {
    const { store, calls } = observed(createMemoryEventStore());
    const handler = handlerOn(store, { maxCached: 2 });
    for (const id of ['a', 'b', 'c']) await handler.handle({ type: 'Open', id, owner: 'ann' }, context);
    const { reads } = calls;
    await handler.handle({ type: 'Deposit', id: 'c', amount: 1, by: 'x' }, context);
    expect(calls.reads).toBe(reads);
    await handler.handle({ type: 'Deposit', id: 'a', amount: 1, by: 'x' }, context);
    expect(calls.reads).toBe(reads + 1);
  });

  test('reads events of older versions through the upcaster', async () => {
    const store = createMemoryEventStore();
    await handlerOn(store).handle({ type: 'Open', id: 'a', owner: 'ann', deposit: 5 }, context);
    const handler = handlerOn(store, {
      upcast: (event) =>
        event.type === 'Deposited' ? { ...event, v: 2, data: { ...(event.data as object), amount: 500 } } : event,
    });
    expect((await handler.load('evt.account.t.a')).state.balance).toBe(500);
  });
});

describe('an aggregate whose events have left the log by age', () => {
  /** Without the first `count` events. */
  const aged = (store: EventStore, count: () => number): EventStore => ({
    append: (subject, events, options) => {
      const isEmpty = options.expectedSequence === 0 && count() > 0;
      return store.append(subject, events, isEmpty ? { expectedSequence: 'any' } : options);
    },
    async read(subject, after) {
      const { events } = await store.read(subject);
      const left = events.slice(count());
      return { events: left.filter(({ seq }) => seq > (after ?? 0)), lastSequence: left.at(-1)?.seq ?? 0 };
    },
  });
  const ids = { ulid: () => crypto.randomUUID(), uuid: () => crypto.randomUUID() };
  const open: AccountCommand = { type: 'Open', id: 'a', owner: 'ann', deposit: 5 };
  const deposit = (by: string): AccountCommand => ({ type: 'Deposit', id: 'a', amount: 1, by });
  const remembered = async () => ({ open: true, closed: false, balance: 5, depositors: ['ann'] });

  test.each([1, 2])('goes on from what was remembered, %i of 2 gone', async (gone) => {
    const base = createMemoryEventStore();
    await handlerOn(base).handle(open, context);
    const handler = handlerOn(
      aged(base, () => gone),
      { remembered, ids },
    );
    const result = await handler.handle(deposit('bob'), context);
    expect(isRejection(result) ? result : result.state.depositors.at(-1)).toBe('bob');
    expect(isRejection(result) ? result : result.events[0]?.event.version).toBeGreaterThan(1);
    // So that nobody takes the rest for the whole.
    const later = handlerOn(
      aged(base, () => 2),
      { remembered, ids },
    );
    expect((await later.load('evt.account.t.a')).state.depositors).toEqual(['ann', 'bob']);
  });

  test('goes on in a process that knew it before', async () => {
    const base = createMemoryEventStore();
    let gone = 0;
    const handler = handlerOn(
      aged(base, () => gone),
      { clock: immediate },
    );
    await handler.handle(open, context);
    gone = 2;
    expect(await handler.handle(deposit('ann'), context)).toMatchObject({
      kind: 'handled',
      lastSequence: 0,
      events: [],
    });
    expect(balanceOf(await handler.handle(deposit('bob'), context))).toBe(6);
  });

  test('is not remembered while the log has all of it', async () => {
    const base = createMemoryEventStore();
    await handlerOn(base).handle(open, context);
    const handler = handlerOn(base, { remembered: () => Promise.reject(new Error('not asked')) });
    expect((await handler.load('evt.account.t.a')).state.balance).toBe(5);
  });
});

describe('when writers meet', () => {
  test('the loser decides again on what the winner wrote', async () => {
    const base = createMemoryEventStore();
    const rival = handlerOn(base, { ids: { ulid: () => crypto.randomUUID(), uuid: () => crypto.randomUUID() } });
    await rival.handle({ type: 'Open', id: 'a', owner: 'ann' }, context);
    let rivalries = 2;
    const { store, calls } = observed(base, async () => {
      if (rivalries-- > 0)
        await rival.handle({ type: 'Deposit', id: 'a', amount: 10, by: `rival${rivalries}` }, context);
    });
    const result = await handlerOn(store).handle({ type: 'Deposit', id: 'a', amount: 1, by: 'me' }, context);
    expect(balanceOf(result)).toBe(21);
    expect(calls.appends).toBe(3);
  });

  test('the loser may find its command refused by now', async () => {
    const base = createMemoryEventStore();
    const rival = handlerOn(base, { ids: { ulid: () => crypto.randomUUID(), uuid: () => crypto.randomUUID() } });
    await rival.handle({ type: 'Open', id: 'a', owner: 'ann' }, context);
    const { store } = observed(base, async () => {
      await rival.handle({ type: 'Close', id: 'a' }, context);
    });
    const result = await handlerOn(store).handle({ type: 'Deposit', id: 'a', amount: 1, by: 'me' }, context);
    expect(balanceOf(result)).toBe('ACCOUNT_NOT_FOUND');
  });

  test('one that never gets through is a conflict, after the allowed attempts', async () => {
    const { store, calls } = observed(createMemoryEventStore(), async () => {
      throw new SequenceConflict('x', 0, 0);
    });
    const result = await handlerOn(store).handle({ type: 'Open', id: 'a', owner: 'ann' }, context);
    expect(result).toEqual(reject('CONFLICT'));
    expect(calls.appends).toBe(4);
  });

  test('within a process they take turns and never conflict', async () => {
    const { store, calls } = observed(createMemoryEventStore());
    const handler = handlerOn(store);
    await handler.handle({ type: 'Open', id: 'a', owner: 'ann' }, context);
    await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        handler.handle({ type: 'Deposit', id: 'a', amount: 1, by: `${n}` }, context),
      ),
    );
    expect((await handler.load('evt.account.t.a')).state.balance).toBe(50);
    expect(calls.appends).toBe(51);
  });

  test('whatever the interleaving, versions count up without gap and every effect is there once', async () => {
    const deposit = fc.record({
      handler: fc.nat({ max: 2 }),
      by: fc.nat({ max: 15 }).map(String),
      amount: fc.nat(100),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(deposit, { maxLength: 30 }),
        fc.infiniteStream(fc.nat({ max: 3 })),
        async (deposits, delays) => {
          const base = createMemoryEventStore();
          const { store } = observed(base, async () => {
            for (let turns = delays.next().value ?? 0; turns > 0; turns--) await Promise.resolve();
          });
          const ids = createSequentialIds();
          const handlers = [1, 2, 3].map(() => handlerOn(store, { ids, attempts: 100, clock: immediate }));
          await handlers[0]!.handle({ type: 'Open', id: 'a', owner: 'ann' }, context);
          const results = await Promise.all(
            deposits.map(({ handler, by, amount }) =>
              handlers[handler]!.handle({ type: 'Deposit', id: 'a', amount, by }, context),
            ),
          );
          expect(results.every((result) => result.kind === 'handled')).toBe(true);
          const { events } = await base.read('evt.account.t.a');
          expect(events.map(({ event }) => event.version)).toEqual(events.map((_, index) => index + 1));
          const depositors = events.slice(1).map(({ event }) => (event.data as { by: string }).by);
          expect(new Set(depositors)).toEqual(new Set(deposits.map(({ by }) => by)));
          expect(depositors).toHaveLength(new Set(depositors).size);
        },
      ),
    );
  });

  test('an append cut off in the middle is completed by the next attempt', async () => {
    const base = createMemoryEventStore();
    let cut = true;
    const store: EventStore = {
      read: base.read,
      async append(subject, events, options) {
        if (!cut) return base.append(subject, events, options);
        cut = false;
        await base.append(subject, events.slice(0, 1), options);
        throw new Error('connection lost');
      },
    };
    const handler = handlerOn(store);
    const command: AccountCommand = { type: 'Open', id: 'a', owner: 'ann', deposit: 5 };
    await expect(handler.handle(command, context)).rejects.toThrow('connection lost');
    expect(balanceOf(await handler.handle(command, context))).toBe(5);
    expect((await base.read('evt.account.t.a')).events.map(({ event }) => [event.type, event.version])).toEqual([
      ['Opened', 1],
      ['Deposited', 2],
    ]);
  });
});

describe('the specification of a decider', () => {
  const specification = specifyDecider(account);
  const opened: AccountFact = { type: 'Opened', data: { owner: 'ann' } };

  test('passes for what the decider does', () => {
    specification
      .given()
      .when({ type: 'Open', id: 'a', owner: 'ann', deposit: 5 })
      .thenEvents(opened, { type: 'Deposited', data: { amount: 5, by: 'ann' } });
    specification.given(opened).when({ type: 'Open', id: 'a', owner: 'ann' }).thenNothing();
    specification
      .given()
      .when({ type: 'Deposit', id: 'a', amount: 1, by: 'bob' })
      .thenRejected('ACCOUNT_NOT_FOUND', { param: 'id' });
  });

  test('fails for other events, for a missing rejection and for another one', () => {
    const closing = specification.given(opened).when({ type: 'Close', id: 'a' });
    expect(() => closing.thenNothing()).toThrow();
    expect(() => closing.thenEvents(opened)).toThrow();
    expect(() => closing.thenRejected('CONFLICT')).toThrow(/expected CONFLICT/);
    const refused = specification.given().when({ type: 'Deposit', id: 'a', amount: 1, by: 'bob' });
    expect(() => refused.thenEvents()).toThrow(/got a rejection/);
    expect(() => refused.thenRejected('CONFLICT')).toThrow();
    expect(() => refused.thenRejected('ACCOUNT_NOT_FOUND', { param: 'other' })).toThrow();
  });

  test('fails for a decider that would act twice on a repeated command', () => {
    const careless = specifyDecider({ ...account, decide: () => [opened] as const });
    const when = careless.given().when({ type: 'Open', id: 'a', owner: 'ann' });
    expect(() => when.thenEvents(opened)).toThrow(/repeated after 1 of 1/);
  });
});
