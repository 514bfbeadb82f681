import { randomUUID } from 'node:crypto';
import { eventually } from '@wam/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Harness, startHarness } from '../test-support/engine-harness.ts';

describe('A message of a session that is not connected', () => {
  let harness: Harness;
  let last = 15551260000;
  const nextPhone = () => String(++last);
  beforeAll(async () => {
    harness = await startHarness();
    await harness.startEngine();
  });
  afterEach(() => harness.sandbox.clearFaults());
  afterAll(() => harness[Symbol.asyncDispose]());

  const unlinked = async () => {
    const sessionId = randomUUID();
    await harness.create(sessionId);
    return sessionId;
  };

  it('is refused at once when its caller still waits, and fails in the log', async () => {
    const sessionId = await unlinked();
    const { messageId, reply } = await harness.send(sessionId, '15551230002');
    expect(await reply).toMatchObject({ ok: false, code: 'SESSION_NOT_CONNECTED' });
    const event = await harness.untilMessage(sessionId, messageId, 'MessageFailed');
    expect(event.data).toMatchObject({ code: 'SESSION_NOT_CONNECTED' });
  });

  it('waits when its caller was promised a try, and is sent in order once the session is linked', async () => {
    const sessionId = await unlinked();
    const to = nextPhone();
    // More than a lane holds in memory.
    const texts = Array.from({ length: 200 }, (_, index) => `waiting ${index}`);
    for (const text of texts) await harness.send(sessionId, to, { text, withoutReply: true });
    const { qrCode } = await harness.qr(sessionId);
    await harness.sandbox.scanQr({ qr: qrCode ?? '', phone: nextPhone(), owner: harness.tenant });
    await eventually(() => expect(harness.inbox(to)).toHaveLength(texts.length), { timeoutMs: 25_000 });
    expect(harness.inbox(to).map(({ text }) => text)).toEqual(texts);
    expect(harness.inbox(to).every(({ copies }) => copies === 1)).toBe(true);
  });

  it('fails as expired at its deadline, with the day on which it was counted', async () => {
    const sessionId = await unlinked();
    const countedOn = '2026-01-31';
    const waiting = { withoutReply: true, deadlineMs: 1_500, countedOn };
    const { messageId } = await harness.send(sessionId, '15551230002', waiting);
    const event = await harness.untilMessage(sessionId, messageId, 'MessageFailed');
    expect(event.data).toMatchObject({ code: 'MESSAGE_EXPIRED', countedOn });
    expect(Date.parse(event.at) - Date.parse((event.data as { acceptedAt: string }).acceptedAt)).toBeGreaterThan(1_000);
  });

  it('names the logout when that is why it was never sent', async () => {
    const phone = nextPhone();
    const sessionId = await harness.pair(phone);
    harness.sandbox.unlink({ phone, owner: harness.tenant });
    await harness.untilSession(sessionId, 'SessionDisconnected');
    const { messageId } = await harness.send(sessionId, '15551230002', { withoutReply: true, deadlineMs: 1_500 });
    const event = await harness.untilMessage(sessionId, messageId, 'MessageFailed');
    expect(event.data).toMatchObject({ code: 'SESSION_LOGGED_OUT' });
  });

  it('waits for a reconnect, with its caller', async () => {
    const phone = nextPhone();
    const sessionId = await harness.pair(phone);
    harness.sandbox.injectFault({ kind: 'refuse-upgrades', code: 503, times: 1 } as never);
    harness.sandbox.disconnect({ phone, code: 'reset' });
    await harness.untilSession(sessionId, 'SessionReconnecting');
    const { reply } = await harness.send(sessionId, '15551230002');
    expect(await reply).toMatchObject({ ok: true });
  });

  it('fails when the session is deleted', async () => {
    const sessionId = await unlinked();
    const { messageId } = await harness.send(sessionId, '15551230002', { withoutReply: true });
    await harness.untilMessage(sessionId, messageId, 'MessageAccepted');
    await harness.remove(sessionId);
    const event = await harness.untilMessage(sessionId, messageId, 'MessageFailed');
    expect(event.data).toMatchObject({ code: 'SESSION_DELETED' });
  });
});
