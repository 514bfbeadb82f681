import { randomUUID } from 'node:crypto';
import { eventually } from '@wam/testkit';
import jsqrModule from 'jsqr';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Harness, startHarness } from '../test-support/engine-harness.ts';

describe('A new session', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await startHarness();
    await harness.startEngine();
  });
  afterAll(() => harness[Symbol.asyncDispose]());

  it('is created, offers a QR code at the first question, and is connected when a phone scans it', async () => {
    const sessionId = randomUUID();
    expect(await harness.create(sessionId)).toEqual({
      ok: true,
      status: 201,
      body: {
        success: true,
        sessionId,
        name: 'Support',
        status: 'connecting',
        message: 'Session created. Generating QR code...',
        network: 'sandbox',
      },
    });
    const { qrCode, expiresAt, status } = await harness.qr(sessionId);
    expect(status).toBe('pending');
    expect(Date.parse(expiresAt ?? '')).toBeGreaterThan(Date.now() + 50_000);
    expect(qrCode).toMatch(/^data:image\/png;base64,/);
    const png = PNG.sync.read(Buffer.from(qrCode?.split(',')[1] ?? '', 'base64'));
    const jsqr = jsqrModule as unknown as typeof jsqrModule.default;
    expect(jsqr(new Uint8ClampedArray(png.data), png.width, png.height)?.data).toMatch(/^https:\/\/wa\.me\//);

    await harness.sandbox.scanQr({ qr: qrCode ?? '', phone: '15551230001', owner: harness.tenant });
    await harness.untilSession(sessionId, 'SessionConnected');
    expect(await harness.typesOf(sessionId)).toEqual([
      'SessionCreated',
      'SessionQrIssued',
      'SessionPaired',
      'SessionConnected',
    ]);
    expect(await harness.qr(sessionId)).toEqual({ qrCode: null, status: 'connected', expiresAt: null });
  });

  it('tells in the log who asked for it, and for its end', async () => {
    const sessionId = randomUUID();
    await harness.create(sessionId, { actor: 'key:key_1' });
    await harness.qr(sessionId);
    await harness.remove(sessionId, { actor: 'user' });
    const actors = (await harness.read('session', sessionId)).map(({ type, actor }) => [type, actor]);
    expect(actors).toEqual([
      ['SessionCreated', 'key:key_1'],
      ['SessionQrIssued', undefined],
      ['SessionDeleted', 'user'],
    ]);
  });

  it('keeps the QR code out of the log', async () => {
    const sessionId = randomUUID();
    await harness.create(sessionId);
    await harness.qr(sessionId);
    expect(JSON.stringify(await harness.read('session', sessionId))).not.toContain('wa.me');
  });

  it('is no session to another tenant', async () => {
    const sessionId = randomUUID();
    await harness.create(sessionId);
    const stranger = randomUUID();
    expect(await harness.ask('getSessionQr', sessionId, stranger)).toMatchObject({
      ok: false,
      code: 'SESSION_NOT_FOUND',
    });
    const stolen = await harness.command('DeleteSession', sessionId, { sessionId }, { of: stranger });
    expect(stolen).toMatchObject({ ok: false, code: 'SESSION_NOT_FOUND' });
  });

  it('is answered again when the command comes twice', async () => {
    const sessionId = randomUUID();
    expect(await harness.create(sessionId)).toEqual(await harness.create(sessionId));
    expect(await harness.typesOf(sessionId)).toContain('SessionCreated');
  });

  it('is deleted with all that the engine knows of it', async () => {
    const sessionId = await harness.pair('15551230009');
    expect(await harness.remove(sessionId)).toMatchObject({ ok: true, body: { success: true } });
    const keys = await harness.db.selectFrom('signal_key').select('id').where('session_id', '=', sessionId).execute();
    expect(keys).toEqual([]);
    const row = await harness.db.selectFrom('wa_session').selectAll().where('id', '=', sessionId).executeTakeFirst();
    expect(row).toMatchObject({ creds: null, deleted_at: expect.any(Date) });
    expect((await harness.typesOf(sessionId)).at(-1)).toBe('SessionDeleted');
    expect(harness.sandbox.linkedPhones(harness.tenant).map(({ phone }) => phone)).not.toContain('15551230009');
    expect(await harness.connect(sessionId)).toMatchObject({ ok: false, code: 'SESSION_NOT_FOUND' });
  });

  it('that is offline is deleted from its phone too', async () => {
    const phone = '15551230010';
    const sessionId = await harness.pair(phone);
    await harness.disconnect(sessionId);
    expect(await harness.remove(sessionId)).toMatchObject({ ok: true });
    expect(harness.sandbox.linkedPhones(harness.tenant).map((linked) => linked.phone)).not.toContain(phone);
    expect((await harness.typesOf(sessionId)).slice(-2)).toEqual(['SessionDisconnected', 'SessionDeleted']);
  });

  it('tells of what it had handed to WhatsApp that it was sent, when it is deleted in the same moment', async () => {
    const phone = '15551230011';
    const sessionId = await harness.pair(phone);
    harness.sandbox.injectFault({ kind: 'late-acks', delayMs: 300, phone });
    const { messageId } = await harness.send(sessionId, '919876500999', { withoutReply: true });
    await eventually(() =>
      expect(harness.sandbox.inbox({ phone: '919876500999', owner: harness.tenant })).toHaveLength(1),
    );
    expect(await harness.remove(sessionId)).toMatchObject({ ok: true });
    await harness.untilMessage(sessionId, messageId, 'MessageSent');
  });
});
