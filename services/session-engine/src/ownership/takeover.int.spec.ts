import { eventually } from '@wam/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waMessageIdOf } from '../message/wa-message-id.ts';
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
    expect(stop.tookMs).toBeLessThan(4_000);
  });

  it('while it sends many leaves each of them sent or sent again, under one id each', async () => {
    const phone = '15551280001';
    const to = '15551280002';
    await using first = await spawnEngine(harness.env);
    const sessionId = await harness.pair(phone);
    const texts = Array.from({ length: 120 }, (_, index) => `many ${index}`);
    const sent = [];
    for (const text of texts) sent.push(await harness.send(sessionId, to, { text, withoutReply: true }));
    await eventually(() => expect(harness.inbox(to).length).toBeGreaterThan(20), { intervalMs: 5 });
    await first.kill();

    await using second = await spawnEngine(harness.env);
    await eventually(() => expect(harness.inbox(to)).toHaveLength(texts.length), { timeoutMs: 20_000 });
    expect(harness.inbox(to).map(({ text }) => text)).toEqual(texts);
    for (const { messageId } of sent) await harness.untilMessage(sessionId, messageId, 'MessageSent');
    await second.kill();
  });
});

describe('An engine whose pool was taken over', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await startHarness();
  });
  afterAll(() => harness[Symbol.asyncDispose]());

  it('goes quiet, and its late writes are refused', async () => {
    const first = await harness.startEngine();
    const sessionId = await harness.pair('15551290001');
    const second = await harness.startEngine();
    await harness.untilSession(sessionId, 'SessionConnected', 2);
    await eventually(() => expect(first.health()).toMatchObject({ ready: false, detail: 'ownership lost' }));
    expect(second.health()).toEqual({ ready: true });
    expect(await (await harness.send(sessionId, '15551290002')).reply).toMatchObject({ ok: true });
    // The old owner says nothing about its socket, which the new login replaced.
    expect(await harness.typesOf(sessionId)).not.toContain('SessionDisconnected');

    const storage = createPostgresSignalStorage(harness.db);
    const late = { sessionId, epoch: 1, keys: [{ type: 'session', id: 'late', sealed: Buffer.from('late') }] };
    expect(await storage.write([late])).toEqual([sessionId]);
    expect(await storage.load([{ sessionId, type: 'session', id: 'late' }])).toEqual([]);
    expect(await storage.erase(sessionId, 1)).toBe(false);
  });
});
