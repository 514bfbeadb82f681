import { randomUUID } from 'node:crypto';
import { eventually } from '@wam/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPostgresSignalStorage } from '../signal-keys/postgres-signal-storage.ts';
import { type Harness, startHarness } from '../test-support/engine-harness.ts';

const acme = 'sandbox-acme';

describe('A session that is moved to another pool', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await startHarness();
    await harness.startEngine();
  });
  afterAll(() => harness[Symbol.asyncDispose]());

  // Every command of the harness goes to the shared pool, as from somebody who has not heard of the move.
  const move = (sessionId: string, pool: string, more: object = {}) =>
    harness.command('MoveSession', sessionId, { sessionId, pool }, more);
  const lastMove = async (sessionId: string) =>
    (await harness.read('session', sessionId)).findLast(({ type }) => type === 'SessionMoved')?.data;

  it('keeps its link and what waits in it while nobody serves that pool, and is taken up by the first engine that does', async () => {
    const to = '15551310002';
    const sessionId = await harness.pair('15551310001');
    await harness.publishCommand('MoveSession', sessionId, { sessionId, pool: acme });
    await eventually(async () => {
      const row = await harness.db.selectFrom('wa_session').selectAll().where('id', '=', sessionId).executeTakeFirst();
      expect(row).toMatchObject({ pool: acme, owner_epoch: 0 });
    });
    const { reply, messageId } = await harness.send(sessionId, to, { text: 'early' });
    await harness.startEngine({ WAM_POOL: acme });
    expect(await reply).toMatchObject({ ok: true });
    await harness.untilMessage(sessionId, messageId, 'MessageSent');
    await eventually(async () => expect(await lastMove(sessionId)).toEqual({ sessionId, from: 'sandbox', to: acme }));
    const types = await harness.typesOf(sessionId);
    expect(types.filter((type) => type === 'SessionQrIssued')).toHaveLength(1);
    expect(types.filter((type) => type === 'SessionMoved')).toHaveLength(1);
    expect(types).not.toContain('SessionDisconnected');
  });

  it('sends what was accepted before, during and after it, once each and in order', async () => {
    const to = '15551310012';
    const sessionId = await harness.pair('15551310011');
    expect(await (await harness.send(sessionId, to, { text: 'first' })).reply).toMatchObject({ ok: true });
    const texts = Array.from({ length: 150 }, (_, index) => `message ${index}`);
    const sent: { messageId: string }[] = [];
    let moved: ReturnType<typeof move> | undefined;
    for (const [index, text] of texts.entries()) {
      sent.push(await harness.send(sessionId, to, { text, withoutReply: true }));
      if (index === 50) moved = move(sessionId, acme);
    }
    expect(await moved).toMatchObject({ ok: true, body: { sessionId, pool: acme } });
    await eventually(() => expect(harness.inbox(to)).toHaveLength(texts.length + 1), { timeoutMs: 20_000 });
    expect(harness.inbox(to).map(({ text }) => text)).toEqual(['first', ...texts]);
    await eventually(async () => {
      const left = await harness.db.selectFrom('outbound').selectAll().where('state', '=', 'waiting').execute();
      expect(left).toEqual([]);
    });
    const events = (await harness.read('message', sessionId)).filter(({ type }) => type === 'MessageSent');
    expect(events.map(({ data }) => (data as { messageId: string }).messageId)).toEqual(
      expect.arrayContaining(sent.map(({ messageId }) => messageId)),
    );
  });

  it('goes back, and a repeated or late command changes nothing', async () => {
    const sessionId = await harness.pair('15551310021');
    expect(await move(sessionId, acme)).toMatchObject({ ok: true });
    expect(await move(sessionId, 'sandbox')).toMatchObject({ ok: true });
    const types = await eventually(async () => {
      const found = await harness.typesOf(sessionId);
      expect(found.at(-1)).toBe('SessionConnected');
      return found;
    });
    expect(await move(sessionId, 'sandbox')).toMatchObject({ ok: true });
    expect(await harness.typesOf(sessionId)).toEqual(types);
    expect(await lastMove(sessionId)).toEqual({ sessionId, from: acme, to: 'sandbox' });
    expect((await harness.typesOf(sessionId)).filter((type) => type === 'SessionMoved')).toHaveLength(2);
    expect(await (await harness.send(sessionId, '15551310022')).reply).toMatchObject({ ok: true });
  });

  it('is linked, asked about and deleted through the engine it left', async () => {
    const sessionId = randomUUID();
    await harness.create(sessionId);
    expect(await harness.qr(sessionId)).toMatchObject({ status: 'pending' });
    expect(await move(sessionId, acme)).toMatchObject({ ok: true });
    const { qrCode } = await harness.qr(sessionId);
    await harness.sandbox.scanQr({ qr: qrCode ?? '', phone: '15551310031', owner: harness.tenant });
    await harness.untilSession(sessionId, 'SessionConnected');
    expect(await harness.connect(sessionId)).toMatchObject({ ok: true, body: { status: 'connected' } });
    expect(await harness.remove(sessionId)).toMatchObject({ ok: true });
    expect(await harness.connect(sessionId)).toMatchObject({ ok: false, code: 'SESSION_NOT_FOUND' });
  });

  it('takes no late writes of its former owner, though the epochs of two pools may be equal', async () => {
    const sessionId = await harness.pair('15551310041');
    expect(await move(sessionId, acme)).toMatchObject({ ok: true });
    const row = await harness.db
      .selectFrom('wa_session')
      .select('owner_epoch')
      .where('id', '=', sessionId)
      .executeTakeFirstOrThrow();
    const key = { type: 'session', id: 'late', sealed: Buffer.from('late') };
    const change = { sessionId, epoch: row.owner_epoch, keys: [key] };
    const late = createPostgresSignalStorage(harness.db, 'sandbox');
    expect(await late.write([change])).toEqual([sessionId]);
    expect(await createPostgresSignalStorage(harness.db, acme).write([change])).toEqual([]);
  });

  it('belongs to its tenant, and stays on its network', async () => {
    const sessionId = await harness.pair('15551310051');
    expect(await move(sessionId, 'whatsapp-acme')).toMatchObject({ ok: false, code: 'VALIDATION_FAILED' });
    expect(await move(sessionId, acme, { of: randomUUID() })).toMatchObject({ ok: false, code: 'SESSION_NOT_FOUND' });
    expect(await move(randomUUID(), acme)).toMatchObject({ ok: false, code: 'SESSION_NOT_FOUND' });
    expect(await lastMove(sessionId)).toBeUndefined();
  });
});
