import { describe, expect, it } from 'vitest';
import { createMemorySignalStorage } from './memory-signal-storage.ts';
import { createSignalState } from './signal-state.ts';
import type { SignalStorage } from './signal-storage.ts';
import { createSignalWriter, type SignalSession } from './signal-writer.ts';

const session: SignalSession = { sessionId: 's1', tenant: 't1', epoch: 1 };

function setup(wrap: (storage: SignalStorage) => SignalStorage = (storage) => storage, { lingerMs = 0 } = {}) {
  const memory = createMemorySignalStorage();
  memory.claim('s1', 1);
  memory.claim('s2', 1);
  const calls = { load: 0, write: 0 };
  const fenced: string[] = [];
  const counted: SignalStorage = {
    ...memory,
    load: (refs) => {
      calls.load += 1;
      return memory.load(refs);
    },
    write: (changes) => {
      calls.write += 1;
      return memory.write(changes);
    },
  };
  const storage = wrap(counted);
  const writer = createSignalWriter({
    storage,
    // Enough to see that the bytes went through, and where they belong.
    seal: (of, type, id, plaintext) => Buffer.concat([Buffer.from(`${of.sessionId}:${type}:${id}|`), plaintext]),
    lingerMs,
    onFenced: ({ sessionId }) => fenced.push(sessionId),
    onError: () => undefined,
  });
  const state = createSignalState({
    storage,
    writer,
    unseal: (of, type, id, sealed) => sealed.subarray(`${of.sessionId}:${type}:${id}|`.length),
  });
  return { memory, calls, fenced, writer, state };
}
/** A storage that is away until it is told to be back. */
function awayAtFirst() {
  let isAway = true;
  const failed = Promise.withResolvers<void>();
  const away = (): Promise<never> => {
    failed.resolve();
    return Promise.reject(new Error('away'));
  };
  return {
    storage: (storage: SignalStorage): SignalStorage => ({
      ...storage,
      write: (changes) => (isAway ? away() : storage.write(changes)),
    }),
    hasFailed: failed.promise,
    isBack: () => {
      isAway = false;
    },
  };
}

describe('Signal keys', () => {
  it('are visible at once, and durable when committed', async () => {
    const { memory, writer, state } = setup();
    const keys = state.open(session);
    keys.set({ 'lid-mapping': { a: 'one' } });
    expect(await keys.get('lid-mapping', ['a', 'b'])).toEqual({ a: 'one' });
    expect(await memory.load([{ sessionId: 's1', type: 'lid-mapping', id: 'a' }])).toEqual([]);
    await writer.committed();
    expect(await memory.load([{ sessionId: 's1', type: 'lid-mapping', id: 'a' }])).toHaveLength(1);
  });

  it('of all sessions go into one write', async () => {
    const { calls, writer, state } = setup();
    state.open(session).set({ 'lid-mapping': { a: 'one', b: 'two' } });
    state.open({ ...session, sessionId: 's2' }).set({ 'lid-mapping': { a: 'three' } });
    await writer.committed();
    expect(calls.write).toBe(1);
  });

  it('asked for in one turn are loaded by one query, and not again, also when they do not exist', async () => {
    const { calls, state } = setup();
    const keys = state.open(session);
    await Promise.all([keys.get('lid-mapping', ['a']), keys.get('session', ['b', 'c'])]);
    await keys.get('session', ['b']);
    expect(calls.load).toBe(1);
  });

  it('survive their process', async () => {
    const { writer, state } = setup();
    state.open(session).set({ 'pre-key': { 7: { public: Buffer.from([1]), private: Buffer.from([2]) } } });
    await writer.committed();
    const next = state.open(session);
    expect(await next.get('pre-key', ['7'])).toEqual({ 7: { public: Buffer.from([1]), private: Buffer.from([2]) } });
  });

  it('are gone when removed, before and after the commit', async () => {
    const { writer, state } = setup();
    const keys = state.open(session);
    keys.set({ 'pre-key': { 1: 'x' }, session: { a: 'y' } });
    await writer.committed();
    keys.set({ 'pre-key': { 1: null }, session: { a: null } });
    expect(await keys.get('pre-key', ['1'])).toEqual({});
    expect(await keys.get('session', ['a'])).toEqual({});
    await writer.committed();
    expect(await state.open(session).get('pre-key', ['1'])).toEqual({});
  });

  it('are not lost while the database is away, and the newest value wins', async () => {
    const { storage, hasFailed, isBack } = awayAtFirst();
    const { writer, state, memory } = setup(storage);
    const keys = state.open(session);
    keys.set({ session: { a: 'old', b: 'kept' } });
    const committed = writer.committed();
    await hasFailed;
    keys.set({ session: { a: 'new' } });
    isBack();
    await committed;
    await writer.committed();
    const stored = await memory.load(['a', 'b'].map((id) => ({ sessionId: 's1', type: 'session', id })));
    expect(stored.map(({ sealed }) => sealed.toString())).toEqual([
      expect.stringContaining('new'),
      expect.stringContaining('kept'),
    ]);
  });

  it('are written with the events of the same turn, and with them again when the database was away', async () => {
    const { storage, hasFailed, isBack } = awayAtFirst();
    const { memory, calls, writer, state } = setup(storage);
    state.open(session).set({ session: { a: 'one' } });
    writer.putEvent(session, 'e1', '"event"');
    const committed = writer.committed();
    await hasFailed;
    expect(memory.eventsOf('s1')).toEqual([]);
    isBack();
    await committed;
    expect(memory.eventsOf('s1')).toEqual(['"event"']);
    expect(calls.write).toBe(1);
  });

  it('wait for company only while nobody waits for them', async () => {
    const { memory, calls, writer, state } = setup((storage) => storage, { lingerMs: 60_000 });
    const keys = state.open(session);
    keys.set({ session: { a: 'one' } });
    await new Promise((resolve) => setImmediate(resolve));
    keys.set({ session: { b: 'two' } });
    expect(calls.write).toBe(0);
    await writer.committed();
    expect(calls.write).toBe(1);
    expect(await memory.load(['a', 'b'].map((id) => ({ sessionId: 's1', type: 'session', id })))).toHaveLength(2);
  });

  it('of a superseded owner are refused, and the engine hears of it', async () => {
    const { memory, writer, state, fenced } = setup();
    memory.claim('s1', 2);
    state.open(session).set({ session: { a: 'late' } });
    await writer.committed();
    expect(fenced).toEqual(['s1']);
    expect(await memory.load([{ sessionId: 's1', type: 'session', id: 'a' }])).toEqual([]);
  });

  it('cannot be written after their session was closed', async () => {
    const { writer, state } = setup();
    const keys = state.open(session);
    keys.close();
    keys.set({ session: { a: 'late' } });
    await writer.committed();
    expect(await state.open(session).get('session', ['a'])).toEqual({});
  });
});
