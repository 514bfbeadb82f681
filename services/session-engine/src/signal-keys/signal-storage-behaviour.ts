/** What every signal storage does; run against each adapter. */
import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { SignalStorage } from './signal-storage.ts';

export interface SubjectOfSpecification {
  storage: SignalStorage;
  /** Opens a session for an owner; false when a newer one has it. */
  claim(sessionId: string, epoch: number): Promise<boolean>;
  credsOf(sessionId: string): Promise<Buffer | undefined>;
  eventsOf(sessionId: string): Promise<string[]>;
}

export function specifySignalStorage(create: () => SubjectOfSpecification): void {
  const bytes = (text: string) => Buffer.from(text);
  const key = (id: string, value: string | null) => ({
    type: 'session',
    id,
    sealed: value === null ? null : bytes(value),
  });
  const opened = async () => {
    const subject = create();
    const sessionId = randomUUID();
    await subject.claim(sessionId, 1);
    return { ...subject, sessionId };
  };
  const load = async (storage: SignalStorage, sessionId: string, ...ids: string[]) => {
    const found = await storage.load(ids.map((id) => ({ sessionId, type: 'session', id })));
    return Object.fromEntries(found.map(({ id, sealed }) => [id, sealed.toString()]));
  };

  it('gives back what was written last, and leaves out what does not exist', async () => {
    const { storage, sessionId } = await opened();
    await storage.write([{ sessionId, epoch: 1, keys: [key('a', 'one'), key('b', 'two')] }]);
    await storage.write([{ sessionId, epoch: 1, keys: [key('a', 'three')] }]);
    expect(await load(storage, sessionId, 'a', 'b', 'c')).toEqual({ a: 'three', b: 'two' });
  });

  it('removes what is written as null', async () => {
    const { storage, sessionId } = await opened();
    await storage.write([{ sessionId, epoch: 1, keys: [key('a', 'one'), key('b', 'two')] }]);
    await storage.write([{ sessionId, epoch: 1, keys: [key('a', null), key('never', null)] }]);
    expect(await load(storage, sessionId, 'a', 'b')).toEqual({ b: 'two' });
  });

  it('keeps sessions and types apart', async () => {
    const { storage, sessionId, claim } = await opened();
    const other = randomUUID();
    await claim(other, 1);
    await storage.write([
      { sessionId, epoch: 1, keys: [key('a', 'mine'), { type: 'pre-key', id: 'a', sealed: bytes('prekey') }] },
      { sessionId: other, epoch: 1, keys: [key('a', 'theirs')] },
    ]);
    expect(await load(storage, sessionId, 'a')).toEqual({ a: 'mine' });
    expect(await load(storage, other, 'a')).toEqual({ a: 'theirs' });
    expect(await storage.load([{ sessionId, type: 'pre-key', id: 'a' }])).toMatchObject([{ sealed: bytes('prekey') }]);
  });

  it('stores credentials beside the keys', async () => {
    const { storage, sessionId, credsOf } = await opened();
    await storage.write([{ sessionId, epoch: 1, keys: [key('a', 'one')], creds: bytes('creds') }]);
    expect((await credsOf(sessionId))?.toString()).toBe('creds');
    await storage.write([{ sessionId, epoch: 1, keys: [key('a', 'two')] }]);
    expect((await credsOf(sessionId))?.toString()).toBe('creds');
  });

  it('stores events with the keys: each once, in order, and none of a superseded owner', async () => {
    const { storage, sessionId, claim, eventsOf } = await opened();
    const events = (...ids: string[]) => ids.map((id) => ({ id, event: `"${id}"` }));
    await storage.write([{ sessionId, epoch: 1, keys: [key('a', 'one')], events: events('x', 'y') }]);
    await storage.write([{ sessionId, epoch: 1, keys: [], events: events('y', 'z') }]);
    await claim(sessionId, 2);
    await storage.write([{ sessionId, epoch: 1, keys: [], events: events('late') }]);
    expect(await eventsOf(sessionId)).toEqual(['"x"', '"y"', '"z"']);
    await storage.erase(sessionId, 2);
    expect(await eventsOf(sessionId)).toEqual([]);
  });

  it('refuses an owner that was superseded, and takes the others of the same write', async () => {
    const { storage, sessionId, claim, credsOf } = await opened();
    const other = randomUUID();
    await claim(other, 1);
    expect(await claim(sessionId, 2)).toBe(true);
    const fenced = await storage.write([
      { sessionId, epoch: 1, keys: [key('a', 'late')], creds: bytes('late') },
      { sessionId: other, epoch: 1, keys: [key('a', 'fine')] },
    ]);
    expect(fenced).toEqual([sessionId]);
    expect(await load(storage, sessionId, 'a')).toEqual({});
    expect(await credsOf(sessionId)).toBeUndefined();
    expect(await load(storage, other, 'a')).toEqual({ a: 'fine' });
  });

  it('lets no earlier owner open a session again', async () => {
    const { sessionId, claim } = await opened();
    expect(await claim(sessionId, 3)).toBe(true);
    expect(await claim(sessionId, 2)).toBe(false);
    expect(await claim(sessionId, 3)).toBe(true);
  });

  it('refuses a session nobody opened', async () => {
    const { storage } = create();
    const sessionId = randomUUID();
    expect(await storage.write([{ sessionId, epoch: 1, keys: [key('a', 'one')] }])).toEqual([sessionId]);
  });

  it('erases keys and credentials, for the owner only', async () => {
    const { storage, sessionId, claim, credsOf } = await opened();
    await storage.write([{ sessionId, epoch: 1, keys: [key('a', 'one')], creds: bytes('creds') }]);
    await claim(sessionId, 2);
    expect(await storage.erase(sessionId, 1)).toBe(false);
    expect(await load(storage, sessionId, 'a')).toEqual({ a: 'one' });
    expect(await storage.erase(sessionId, 2)).toBe(true);
    expect(await load(storage, sessionId, 'a')).toEqual({});
    expect(await credsOf(sessionId)).toBeUndefined();
  });

  it('takes as many keys at once as a pairing makes', async () => {
    const { storage, sessionId } = await opened();
    const keys = Array.from({ length: 812 }, (_, id) => key(String(id), `key ${id}`));
    await storage.write([{ sessionId, epoch: 1, keys }]);
    expect(Object.keys(await load(storage, sessionId, ...keys.map(({ id }) => id)))).toHaveLength(812);
  });
}
