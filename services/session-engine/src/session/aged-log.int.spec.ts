import { randomUUID } from 'node:crypto';
import { defaultPartitionCount, subjects } from '@wam/contracts';
import { newUlid } from '@wam/service-kit';
import { ensureStreams } from '@wam/service-kit/nats';
import { eventually } from '@wam/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Harness, startHarness } from '../test-support/engine-harness.ts';
import { createSessionRegistry } from './session-registry.ts';

describe('A session that is older than the log', () => {
  const friend = '15551350009';
  let harness: Harness;
  beforeAll(async () => {
    harness = await startHarness();
  });
  afterAll(() => harness[Symbol.asyncDispose]());

  /** What 90 days do, by room instead of age: only the last event, of somebody else, stays. */
  async function forgetEvents(): Promise<void> {
    const other = subjects.event('account', harness.tenant, randomUUID());
    await harness.publisher.publish(other, 'x'.repeat(4_000), { msgId: newUlid() });
    await ensureStreams(harness.nc, { eventsMaxBytes: 4_400 });
    await ensureStreams(harness.nc);
  }
  const isSent = async (sessionId: string) =>
    expect(await (await harness.send(sessionId, friend)).reply).toMatchObject({ ok: true });

  it('goes on where it was: it needs no QR code, sends, and can be deleted', async () => {
    const engine = await harness.startEngine();
    const sessionId = await harness.pair('15551350001');
    const another = await harness.pair('15551350002');
    const idle = await harness.pair('15551350003');
    harness.sandbox.unlink({ phone: '15551350003', owner: harness.tenant });
    await harness.untilSession(idle, 'SessionDisconnected');
    await forgetEvents();
    for (const each of [sessionId, another, idle])
      await eventually(async () => expect(await harness.typesOf(each)).toEqual([]));
    await isSent(sessionId);
    expect(await harness.remove(another)).toMatchObject({ ok: true });

    await engine.stop();
    await forgetEvents();
    const second = await harness.startEngine();
    await harness.untilSession(sessionId, 'SessionConnected');
    expect(await harness.typesOf(sessionId)).toEqual(['SessionReconnecting', 'SessionConnected']);
    expect(await harness.ask('getSessionQr', sessionId)).toMatchObject({ ok: true, body: { status: 'connected' } });
    await isSent(sessionId);
    const versions = (await harness.read('session', sessionId)).map(({ version }) => version);
    expect(versions).toEqual([2, 3]);

    // The next one finds the last events, and not the first.
    await second.stop();
    const registry = createSessionRegistry(harness.db, { pool: harness.pool, partitionCount: defaultPartitionCount });
    expect(await registry.noted(harness.tenant, sessionId)).toMatchObject({ kind: 'connected', phone: '15551350001' });
    expect(await registry.noted(randomUUID(), sessionId)).toBeUndefined();
    await harness.startEngine();
    await harness.untilSession(sessionId, 'SessionConnected', 2);
    await isSent(sessionId);
    for (const gone of [another, randomUUID()])
      expect(await harness.connect(gone)).toMatchObject({ ok: false, code: 'SESSION_NOT_FOUND' });
    const stranger = { of: randomUUID() };
    for (const type of ['ConnectSession', 'DeleteSession'])
      expect(await harness.command(type, idle, { sessionId: idle }, stranger)).toMatchObject({
        code: 'SESSION_NOT_FOUND',
      });
    expect(await harness.connect(idle)).toMatchObject({ ok: true });
  });
});
