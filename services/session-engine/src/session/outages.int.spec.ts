import { eventually } from '@wam/testkit';
import type { DropKind } from '@wam/whatsapp-sandbox';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Harness, startHarness } from '../test-support/engine-harness.ts';

describe('When the connection ends', () => {
  let harness: Harness;
  let last = 15551240000;
  const nextPhone = () => String(++last);
  const recipient = '15551230002';
  beforeAll(async () => {
    harness = await startHarness();
    await harness.startEngine();
  });
  afterEach(() => harness.sandbox.clearFaults());
  afterAll(() => harness[Symbol.asyncDispose]());

  const pair = async () => {
    const phone = nextPhone();
    return { phone, sessionId: await harness.pair(phone) };
  };
  const lastEvent = async (sessionId: string) => (await harness.read('session', sessionId)).at(-1);

  it.each<DropKind>(['reset', 'close', 'stream-end', 503, 515])(
    'by %s, the session reconnects without a QR code and sends again',
    async (code) => {
      const { phone, sessionId } = await pair();
      harness.sandbox.disconnect({ phone, code });
      // 515 is a request to start anew, not an outage: the session stays connected in the log.
      if (code !== 515) await harness.untilSession(sessionId, 'SessionConnected', 2);
      const { reply } = await harness.send(sessionId, recipient);
      expect(await reply).toMatchObject({ ok: true });
      const types = await harness.typesOf(sessionId);
      expect(types.filter((type) => type === 'SessionQrIssued')).toHaveLength(1);
    },
  );

  it('by another login (440), the session waits for somebody to decide, and connects when asked', async () => {
    const { phone, sessionId } = await pair();
    harness.sandbox.disconnect({ phone, code: 440 });
    await harness.untilSession(sessionId, 'SessionDisconnected');
    expect((await lastEvent(sessionId))?.data).toMatchObject({ cause: 'replaced', statusCode: 440 });
    expect(await harness.connect(sessionId)).toMatchObject({ ok: true, body: { status: 'connecting' } });
    await harness.untilSession(sessionId, 'SessionConnected', 2);
    expect(await harness.connect(sessionId)).toMatchObject({ ok: true, body: { status: 'connected' } });
  });

  it('because somebody asked for it, the session waits offline with its phone, and is back when asked', async () => {
    const { phone, sessionId } = await pair();
    expect(await harness.disconnect(sessionId)).toMatchObject({ ok: true, body: { status: 'disconnected' } });
    expect((await lastEvent(sessionId))?.data).toMatchObject({ cause: 'requested' });
    await eventually(() =>
      expect(harness.sandbox.logins({ phone }).filter(({ endedAt }) => endedAt === undefined)).toEqual([]),
    );
    expect(await (await harness.send(sessionId, recipient)).reply).toMatchObject({ code: 'SESSION_NOT_CONNECTED' });
    await harness.connect(sessionId);
    await harness.untilSession(sessionId, 'SessionConnected', 2);
    expect(await (await harness.send(sessionId, recipient)).reply).toMatchObject({ ok: true });
    const types = await harness.typesOf(sessionId);
    const offline = types.indexOf('SessionDisconnected');
    expect(types.slice(offline, offline + 2)).toEqual(['SessionDisconnected', 'SessionConnecting']);
    expect(types.filter((type) => type === 'SessionQrIssued')).toHaveLength(1);
  });

  it.each([
    [403, 'banned'],
    [405, 'client-outdated'],
  ] as const)('by %s, the session fails: %s', async (code, cause) => {
    const { phone, sessionId } = await pair();
    harness.sandbox.disconnect({ phone, code });
    await harness.untilSession(sessionId, 'SessionFailed');
    expect((await lastEvent(sessionId))?.data).toMatchObject({ cause, statusCode: code });
  });

  it('because the phone unlinked the device, its keys are gone and connecting needs a new QR code', async () => {
    const { phone, sessionId } = await pair();
    harness.sandbox.unlink({ phone, owner: harness.tenant });
    await harness.untilSession(sessionId, 'SessionDisconnected');
    expect((await lastEvent(sessionId))?.data).toMatchObject({ cause: 'logged-out', statusCode: 401 });
    await eventually(async () => {
      const keys = await harness.db.selectFrom('signal_key').select('id').where('session_id', '=', sessionId).execute();
      expect(keys).toEqual([]);
    });
    await harness.connect(sessionId);
    const { qrCode, status } = await harness.qr(sessionId);
    expect(status).toBe('pending');
    await harness.sandbox.scanQr({ qr: qrCode ?? '', phone, owner: harness.tenant });
    await harness.untilSession(sessionId, 'SessionConnected', 2);
    expect(await (await harness.send(sessionId, recipient)).reply).toMatchObject({ ok: true });
  });

  it('because the phone unlinked the device, and the engine ended before it had erased the keys, connecting still offers a QR code', async () => {
    const { phone, sessionId } = await pair();
    const row = () =>
      harness.db.selectFrom('wa_session').select('creds').where('id', '=', sessionId).executeTakeFirstOrThrow();
    const { creds } = await row();
    expect(creds).not.toBeNull();
    harness.sandbox.unlink({ phone, owner: harness.tenant });
    await harness.untilSession(sessionId, 'SessionDisconnected');
    await eventually(async () => expect((await row()).creds).toBeNull());
    // As it would be found.
    await harness.db.updateTable('wa_session').set({ creds }).where('id', '=', sessionId).execute();
    await harness.connect(sessionId);
    expect(await harness.qr(sessionId)).toMatchObject({ status: 'pending', qrCode: expect.any(String) });
    expect((await harness.typesOf(sessionId)).slice(-3)).toEqual([
      'SessionDisconnected',
      'SessionConnecting',
      'SessionQrIssued',
    ]);
  });

  it('and the device was removed meanwhile, the login is refused and the session is logged out', async () => {
    const { phone, sessionId } = await pair();
    harness.sandbox.injectFault({ kind: 'refuse-logins', code: 401, phone });
    harness.sandbox.disconnect({ phone, code: 'reset' });
    await harness.untilSession(sessionId, 'SessionDisconnected');
    expect((await lastEvent(sessionId))?.data).toMatchObject({ cause: 'logged-out', statusCode: 401 });
  });

  it('while an HTTP error refuses the WebSocket, the session keeps trying', async () => {
    const { phone, sessionId } = await pair();
    harness.sandbox.injectFault({ kind: 'refuse-upgrades', code: 403, times: 2 } as never);
    harness.sandbox.disconnect({ phone, code: 'reset' });
    await harness.untilSession(sessionId, 'SessionConnected', 2);
    const causes = (await harness.read('session', sessionId)).flatMap(
      ({ data }) => (data as { cause?: string }).cause ?? [],
    );
    expect(causes).toContain('connection-refused');
    expect(causes).not.toContain('banned');
  });

  it('a message without acknowledgement is sent again under the same id', async () => {
    const { phone, sessionId } = await pair();
    const to = '15551250001';
    harness.sandbox.injectFault({ kind: 'drop-messages', phone, times: 1 });
    const { reply } = await harness.send(sessionId, to, { text: 'survivor' });
    await eventually(() =>
      expect(harness.sandbox.ledger(harness.tenant).some((entry) => entry.to.startsWith(to))).toBe(true),
    );
    harness.sandbox.disconnect({ phone, code: 'reset' });
    expect(await reply).toMatchObject({ ok: true });
    await eventually(() => expect(harness.inbox(to)).toMatchObject([{ text: 'survivor', copies: 1 }]));
    const entries = harness.sandbox.ledger(harness.tenant).filter((entry) => entry.to.startsWith(to));
    expect(entries).toMatchObject([{ count: 2 }]);
  });

  it('what was written to the session meanwhile is received when it is back', async () => {
    const { phone, sessionId } = await pair();
    harness.sandbox.injectFault({ kind: 'refuse-upgrades', code: 503, times: 2 } as never);
    harness.sandbox.disconnect({ phone, code: 'reset' });
    await harness.untilSession(sessionId, 'SessionReconnecting');
    harness.sandbox.sendMessage({ from: '15551230050', to: phone, text: 'while you were away', owner: harness.tenant });
    const event = await eventually(
      async () => {
        const found = (await harness.read('message', sessionId)).find(({ type }) => type === 'MessageReceived');
        if (!found) throw new Error('not received');
        return found;
      },
      { timeoutMs: 20_000 },
    );
    expect(event.data).toMatchObject({ offline: true, kind: 'text' });
    expect(harness.unseal(event).text).toBe('while you were away');
  });
});

describe('A connection that is open and deaf', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await startHarness({}, { ENGINE_QUIET_LIMIT: '500ms', ENGINE_ACK_LIMIT: '1s' });
    await harness.startEngine();
  });
  afterAll(() => harness[Symbol.asyncDispose]());
  const untilReconnected = async (sessionId: string) => {
    await harness.untilSession(sessionId, 'SessionConnected', 2);
    const events = await harness.read('session', sessionId);
    return events.find(({ type }) => type === 'SessionReconnecting')?.data;
  };

  it('because nothing comes from the other side is opened anew, and the log says why', async () => {
    const phone = '15551245001';
    const sessionId = await harness.pair(phone);
    harness.sandbox.disconnect({ phone, code: 'silence' });
    const { reply } = await harness.send(sessionId, '15551230002');
    expect(await untilReconnected(sessionId)).toMatchObject({ cause: 'unresponsive' });
    expect(await reply).toMatchObject({ ok: true });
  });

  it('because the server answers but takes no message is opened anew, and the message arrives once', async () => {
    const phone = '15551245002';
    const to = '15551245003';
    const sessionId = await harness.pair(phone);
    harness.sandbox.injectFault({ kind: 'drop-messages', phone, times: 1 });
    const { reply } = await harness.send(sessionId, to, { text: 'heard' });
    expect(await untilReconnected(sessionId)).toMatchObject({ cause: 'unresponsive' });
    expect(await reply).toMatchObject({ ok: true });
    await eventually(() => expect(harness.inbox(to)).toMatchObject([{ text: 'heard', copies: 1 }]));
  });

  it('is not one that is merely idle', async () => {
    const sessionId = await harness.pair('15551245004');
    const pings = () =>
      Object.entries(harness.sandbox.stanzas().received).find(([shape]) => shape.includes('w:p'))?.[1] ?? 0;
    const before = pings();
    await eventually(() => expect(pings() - before).toBeGreaterThan(3), { timeoutMs: 10_000 });
    expect(await harness.typesOf(sessionId)).not.toContain('SessionReconnecting');
  });
});
