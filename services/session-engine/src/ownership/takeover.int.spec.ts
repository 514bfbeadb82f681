import { defaultPartitionCount, leaseBucket, leaseKeys } from '@wam/contracts';
import { createSilentLogger } from '@wam/service-kit';
import { openBucket } from '@wam/service-kit/nats';
import { sql } from '@wam/service-kit/postgres';
import { eventually } from '@wam/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadSessionEngineConfig } from '../config.ts';
import { createSessionEngine } from '../create-session-engine.ts';
import { waMessageIdOf } from '../message/wa-message-id.ts';
import { createSessionRegistry } from '../session/session-registry.ts';
import { createPostgresSignalStorage } from '../signal-keys/postgres-signal-storage.ts';
import { type Harness, startHarness } from '../test-support/engine-harness.ts';
import { spawnEngine } from '../test-support/spawn-engine.ts';

const ledgerOf = (harness: Harness, to: string) =>
  harness.sandbox.ledger(harness.tenant).filter((entry) => entry.to.startsWith(to));

describe('An engine that is killed', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await startHarness();
  });
  afterAll(() => harness[Symbol.asyncDispose]());

  it('between acceptance and sending leaves a message that its successor delivers once, under one id, without a QR code', async () => {
    const phone = '15551270001';
    const to = '15551270002';
    await using first = await spawnEngine(harness.env);
    const sessionId = await harness.pair(phone);
    // A history with this recipient: a session that both sides continue.
    expect(await (await harness.send(sessionId, to, { text: 'before' })).reply).toMatchObject({ ok: true });
    harness.sandbox.injectFault({ kind: 'drop-messages', phone });
    const { messageId } = await harness.send(sessionId, to, { text: 'the one' });
    await eventually(() => expect(ledgerOf(harness, to)).toHaveLength(2));
    await first.kill();
    harness.sandbox.clearFaults();

    await using second = await spawnEngine(harness.env);
    await harness.untilMessage(sessionId, messageId, 'MessageRead');
    const expected = { id: waMessageIdOf(sessionId, messageId), text: 'the one', copies: 1 };
    expect(harness.inbox(to).filter(({ text }) => text === 'the one')).toMatchObject([expected]);
    const types = await harness.typesOf(sessionId);
    expect(types.filter((type) => type === 'SessionQrIssued')).toHaveLength(1);
    expect(types.slice(-2)).toEqual(['SessionReconnecting', 'SessionConnected']);
    const stop = await second.terminate();
    expect(stop.exitCode).toBe(0);
  });

  it('after it told that a message failed, and before the table has it, leaves one that nobody sends any more', async () => {
    const phone = '15551275001';
    const to = '15551275002';
    await using first = await spawnEngine(harness.env);
    const sessionId = await harness.pair(phone);
    // The end of a failed message cannot be written.
    await sql`create function engine.refuse() returns trigger language plpgsql as $$ begin raise exception 'not now'; end $$`.execute(
      harness.db,
    );
    await sql`create trigger refuse before update on engine.outbound for each row when (new.state = 'failed')
      execute function engine.refuse()`.execute(harness.db);
    harness.sandbox.injectFault({ kind: 'nack', code: 479, phone });
    const { messageId } = await harness.send(sessionId, to, { text: 'refused', withoutReply: true });
    await harness.untilMessage(sessionId, messageId, 'MessageFailed');
    await first.kill();
    await sql`drop function engine.refuse cascade`.execute(harness.db);
    harness.sandbox.clearFaults();

    await using second = await spawnEngine(harness.env);
    expect(await (await harness.send(sessionId, to, { text: 'next' })).reply).toMatchObject({ ok: true });
    await eventually(async () => {
      const row = harness.db
        .selectFrom('outbound')
        .select(['state', 'failure_code'])
        .where('message_id', '=', messageId);
      expect(await row.executeTakeFirst()).toEqual({ state: 'failed', failure_code: 'WHATSAPP_REJECTED' });
    });
    expect(harness.inbox(to).map(({ text }) => text)).toEqual(['next']);
    const told = (await harness.read('message', sessionId)).filter(
      ({ data }) => (data as { messageId: string }).messageId === messageId,
    );
    expect(new Set(told.map(({ type }) => type))).toEqual(new Set(['MessageAccepted', 'MessageFailed']));
    await second.kill();
  });

  it('while it sends many leaves each of them sent or sent again, under one id each', async () => {
    const phone = '15551280001';
    const to = '15551280002';
    await using first = await spawnEngine(harness.env);
    const sessionId = await harness.pair(phone);
    const texts = Array.from({ length: 120 }, (_, index) => `many ${index}`);
    const sent: { messageId: string }[] = [];
    for (const text of texts) sent.push(await harness.send(sessionId, to, { text, withoutReply: true }));
    await eventually(() => expect(harness.inbox(to).length).toBeGreaterThan(20), { intervalMs: 5 });
    await first.kill();

    await using second = await spawnEngine(harness.env);
    await eventually(() => expect(harness.inbox(to)).toHaveLength(texts.length), { timeoutMs: 20_000 });
    expect(harness.inbox(to).map(({ text }) => text)).toEqual(texts);
    await eventually(async () => {
      const events = (await harness.read('message', sessionId)).filter(({ type }) => type === 'MessageSent');
      const ids = new Set(events.map(({ data }) => (data as { messageId: string }).messageId));
      expect(sent.filter(({ messageId }) => !ids.has(messageId))).toEqual([]);
    });
    await second.kill();
  });
});

describe('Several engines of one pool', () => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await startHarness();
  });
  afterEach(() => harness[Symbol.asyncDispose]());

  const owners = async () => {
    const rows = await harness.db.selectFrom('partition_fence').select(['partition', 'member']).execute();
    return Map.groupBy(rows, ({ member }) => member);
  };

  it('share the partitions, and hand sessions over without a QR code when one comes or goes', async () => {
    await harness.startEngine();
    const sessionIds: string[] = [];
    for (let index = 1; index <= 4; index++) sessionIds.push(await harness.pair(`1555129000${index}`));
    const second = await harness.startEngine();
    await eventually(async () => expect([...(await owners()).values()].map(({ length }) => length)).toEqual([32, 32]));
    const sendAll = async () => {
      for (const sessionId of sessionIds)
        expect(await (await harness.send(sessionId, '15551290009')).reply).toMatchObject({ ok: true });
    };
    await sendAll();
    await second.stop();
    await sendAll();
    for (const sessionId of sessionIds) {
      const types = await harness.typesOf(sessionId);
      expect(types.filter((type) => type === 'SessionQrIssued')).toHaveLength(1);
      expect(types).not.toContain('SessionDisconnected');
    }
  });

  it('refuse the late writes of the one that had a session before', async () => {
    await harness.startEngine();
    const sessionId = await harness.pair('15551290011');
    const before = await harness.db.selectFrom('wa_session').select('owner_epoch').executeTakeFirstOrThrow();
    const epoch = before.owner_epoch;
    const bucket = await openBucket(harness.nc, leaseBucket);
    // As a partition of the network would: the others declare it dead while it lives.
    const [member] = (await owners()).keys();
    const key = leaseKeys.member(harness.pool, member ?? '');
    const dead = { state: 'dead', incarnation: 1, beat: 0 };
    await eventually(async () => {
      const { revision } = (await bucket.get(key))!;
      await bucket.put(key, JSON.stringify(dead), { previousSeq: revision });
    });
    await harness.untilSession(sessionId, 'SessionConnected', 2);

    const storage = createPostgresSignalStorage(harness.db, harness.pool);
    const late = { sessionId, epoch, keys: [{ type: 'session', id: 'late', sealed: Buffer.from('late') }] };
    expect(await storage.write([late])).toEqual([sessionId]);
    expect(await storage.load([{ sessionId, type: 'session', id: 'late' }])).toEqual([]);
    expect(await storage.erase(sessionId, epoch)).toBe(false);
    const registry = createSessionRegistry(harness.db, { pool: harness.pool, partitionCount: defaultPartitionCount });
    expect(await registry.open({ sessionId, epoch })).toBe('fenced');
    const profile = { name: '', description: '', metadata: {}, network: 'sandbox', pool: harness.pool } as const;
    await registry.note({ sessionId, epoch }, { kind: 'error', cause: 'unknown', ...profile });
    // The row follows the log.
    await eventually(async () => {
      const row = await harness.db.selectFrom('wa_session').select(['status', 'owner_epoch']).executeTakeFirstOrThrow();
      expect(row).toEqual({ status: 'connected', owner_epoch: epoch + 1 });
    });
    // It goes on as another one: nobody else was there.
    expect(await (await harness.send(sessionId, '15551290012')).reply).toMatchObject({ ok: true });
    // The old owner says nothing about the socket it closed.
    expect(await harness.typesOf(sessionId)).not.toContain('SessionDisconnected');
  });

  it('do not start with another number of partitions than the first one', async () => {
    await harness.startEngine();
    const other = createSessionEngine(loadSessionEngineConfig({ ...harness.env, PARTITION_COUNT: '32' }), {
      logger: createSilentLogger(),
    });
    await expect(other.start()).rejects.toThrow('PARTITION_COUNT: is 32, and 64 since this installation first started');
    await other.stop();
  });
});
