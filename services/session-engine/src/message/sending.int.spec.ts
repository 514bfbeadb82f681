import { randomUUID } from 'node:crypto';
import { newUlid } from '@wam/service-kit';
import { eventually } from '@wam/testkit';
import type { FaultSpec } from '@wam/whatsapp-sandbox';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Harness, startHarness } from '../test-support/engine-harness.ts';
import { waMessageIdOf } from './wa-message-id.ts';

describe('A message of a connected session', () => {
  let harness: Harness;
  let sessionId: string;
  const me = '15551230001';
  beforeAll(async () => {
    harness = await startHarness();
    await harness.startEngine();
    sessionId = await harness.pair(me);
  });
  afterEach(() => harness.sandbox.clearFaults());
  afterAll(() => harness[Symbol.asyncDispose]());

  const typesOf = async (messageId: string) =>
    (await harness.read('message', sessionId))
      .filter((event) => (event.data as { messageId: string }).messageId === messageId)
      .map(({ type }) => type);

  const life = ['MessageAccepted', 'MessageSent', 'MessageDelivered', 'MessageRead'];

  it('is decrypted by its recipient, and its life is in the log', async () => {
    const to = '15551230002';
    const { messageId, reply } = await harness.send(sessionId, to, { text: 'hello there' });
    expect(await reply).toEqual({
      ok: true,
      status: 200,
      body: { success: true, message: 'Message sent successfully', messageId, status: 'sent' },
    });
    await harness.untilMessage(sessionId, messageId, 'MessageRead');
    expect(await typesOf(messageId)).toEqual(life);
    expect(harness.inbox(to)).toMatchObject([
      { id: waMessageIdOf(sessionId, messageId), text: 'hello there', from: me, copies: 1 },
    ]);
    const accepted = await harness.untilMessage(sessionId, messageId, 'MessageAccepted');
    expect(harness.unseal(accepted)).toEqual({ phone: to, text: 'hello there' });
  });

  it.each<[string, FaultSpec[]]>([
    ['the receipts come before the acknowledgement', [{ kind: 'late-acks', delayMs: 600_000, phone: me }]],
    ['it is read before it is delivered', [{ kind: 'reorder-receipts', phone: me }]],
    [
      'each receipt comes twice, out of order, before the acknowledgement',
      [
        { kind: 'late-acks', delayMs: 600_000, phone: me },
        { kind: 'reorder-receipts', phone: me },
        { kind: 'duplicate-receipts', phone: me },
      ],
    ],
  ])('is told in the same order when %s', async (_, faults) => {
    for (const fault of faults) harness.sandbox.injectFault(fault);
    const sent = await Promise.all(
      Array.from({ length: 20 }, (_message, n) => harness.send(sessionId, `1555123009${n % 10}`)),
    );
    for (const { messageId, reply } of sent) {
      expect(await reply).toMatchObject({ ok: true });
      await harness.untilMessage(sessionId, messageId, 'MessageRead');
    }
    for (const { messageId } of sent) expect(await typesOf(messageId)).toEqual(life);
  });

  it('shows neither number nor text in the log', async () => {
    const log = JSON.stringify(await harness.read('message', sessionId));
    expect(log).not.toContain('15551230002');
    expect(log).not.toContain('hello there');
  });

  it('arrives in the order of its acceptance, among many', async () => {
    const to = '15551230003';
    const texts = Array.from({ length: 150 }, (_, index) => `number ${index}`);
    for (const text of texts) await harness.send(sessionId, to, { text, withoutReply: true });
    await eventually(() => expect(harness.inbox(to)).toHaveLength(texts.length), { timeoutMs: 20_000 });
    expect(harness.inbox(to).map(({ text }) => text)).toEqual(texts);
  });

  it('fails when the number is not on WhatsApp, and leaves no stanza', async () => {
    const to = '19990000003';
    const { messageId, reply } = await harness.send(sessionId, to);
    expect(await reply).toMatchObject({ ok: false, code: 'NOT_ON_WHATSAPP', details: { messageId } });
    expect(await typesOf(messageId)).toEqual(['MessageAccepted', 'MessageFailed']);
    expect(harness.sandbox.ledger(harness.tenant).filter((entry) => entry.to.startsWith(to))).toEqual([]);
  });

  it('fails with its reason when the account may not write to the recipient (463)', async () => {
    const { messageId, reply } = await harness.send(sessionId, '19990000004');
    expect(await reply).toMatchObject({ ok: false, code: 'RECIPIENT_RESTRICTED' });
    expect((await harness.untilMessage(sessionId, messageId, 'MessageFailed')).data).toMatchObject({
      code: 'RECIPIENT_RESTRICTED',
      messageId,
    });
  });

  it('names the code when the server refuses it', async () => {
    harness.sandbox.injectFault({ kind: 'nack', code: 479, phone: me });
    const { messageId, reply } = await harness.send(sessionId, '15551230002');
    expect(await reply).toMatchObject({
      ok: false,
      code: 'WHATSAPP_REJECTED',
      details: { whatsappCode: 479, messageId },
    });
  });

  it('is sent once, and answered again, when its command comes twice', async () => {
    const to = '15551230004';
    const messageId = `msg_${newUlid()}`;
    const [first, second] = [
      await harness.send(sessionId, to, { messageId }),
      await harness.send(sessionId, to, { messageId }),
    ];
    expect(await second.reply).toEqual(await first.reply);
    const third = await harness.send(sessionId, to, { messageId });
    expect(await third.reply).toEqual(await first.reply);
    expect(harness.inbox(to)).toMatchObject([{ copies: 1 }]);
  });

  it('is refused when its id was used for another message', async () => {
    const messageId = `msg_${newUlid()}`;
    const first = await harness.send(sessionId, '15551230004', { messageId, text: 'one' });
    await first.reply;
    const second = await harness.send(sessionId, '15551230004', { messageId, text: 'two' });
    expect(await second.reply).toMatchObject({ ok: false, code: 'IDEMPOTENCY_KEY_REUSED' });
  });

  it('that is too late fails as expired', async () => {
    const { messageId, reply } = await harness.send(sessionId, '15551230002', { deadlineMs: -1 });
    expect(await reply).toMatchObject({ ok: false, code: 'MESSAGE_EXPIRED' });
    expect(await typesOf(messageId)).toEqual(['MessageAccepted', 'MessageFailed']);
  });

  it('of a session that does not exist fails', async () => {
    const { reply } = await harness.send(randomUUID(), '15551230002');
    expect(await reply).toMatchObject({ ok: false, code: 'SESSION_DELETED' });
  });

  it('costs one privacy token per contact, not one per message', async () => {
    const tokens = () =>
      Object.entries(harness.sandbox.stanzas().received)
        .filter(([shape]) => /privacy/.test(shape) && /token/.test(shape))
        .reduce((sum, [, count]) => sum + count, 0);
    const before = tokens();
    for (let n = 0; n < 5; n++) await (await harness.send(sessionId, '15551230077')).reply;
    expect(tokens() - before).toBe(1);
  });
});
