import { newUlid } from '@wam/service-kit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Harness, startHarness } from '../test-support/engine-harness.ts';

describe('A failed message that is sent again', () => {
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

  async function failedMessage(to: string, text: string): Promise<string> {
    harness.sandbox.injectFault({ kind: 'nack', code: 479, phone: me, times: 1 });
    const { messageId, reply } = await harness.send(sessionId, to, { text });
    expect(await reply).toMatchObject({ ok: false, code: 'WHATSAPP_REJECTED' });
    return messageId;
  }

  it('is a new message with the old text and recipient, also when the command comes twice', async () => {
    const to = '15551230012';
    const resendOf = await failedMessage(to, 'try me twice');
    const messageId = `msg_${newUlid()}`;
    const answers = [
      await harness.resend(sessionId, resendOf, messageId),
      await harness.resend(sessionId, resendOf, messageId),
    ];
    for (const answer of answers)
      expect(answer).toMatchObject({ ok: true, status: 200, body: { messageId, status: 'sent' } });
    expect(harness.inbox(to)).toMatchObject([{ text: 'try me twice', copies: 1 }]);
    const accepted = await harness.untilMessage(sessionId, messageId, 'MessageAccepted');
    expect(harness.unseal(accepted)).toEqual({ phone: to, text: 'try me twice' });
  });

  it('is refused unless it has failed, and belongs to this session', async () => {
    const { messageId, reply } = await harness.send(sessionId, '15551230013');
    await reply;
    const failed = await failedMessage('15551230013', 'x');
    const other = await harness.pair('15551230014');
    const refusal = { ok: false, code: 'MESSAGE_NOT_RESENDABLE' };
    expect(await harness.resend(sessionId, messageId)).toMatchObject(refusal);
    expect(await harness.resend(sessionId, `msg_${newUlid()}`)).toMatchObject(refusal);
    expect(await harness.resend(other, failed)).toMatchObject(refusal);
  });

  it('ends in the log when its text is gone and nobody waits for the answer', async () => {
    const messageId = `msg_${newUlid()}`;
    const data = { sessionId, messageId, resendOf: `msg_${newUlid()}` };
    await harness.publishCommand('ResendMessage', sessionId, data, { id: messageId });
    const event = await harness.untilMessage(sessionId, messageId, 'MessageFailed');
    expect(event.data).toMatchObject({ code: 'MESSAGE_NOT_RESENDABLE' });
  });

  it('that an operator dropped before anybody could store it has failed, with recipient and text; one that came through goes on', async () => {
    const messageId = `msg_${newUlid()}`;
    const dropped = { sessionId, messageId, to: '15551230015', text: 'lost', acceptedAt: new Date().toISOString() };
    await harness.publishCommand('DropMessage', sessionId, dropped, { id: newUlid() });
    const event = await harness.untilMessage(sessionId, messageId, 'MessageFailed');
    expect(event.data).toMatchObject({ code: 'MESSAGE_DROPPED', acceptedAt: dropped.acceptedAt });
    expect(harness.unseal(event)).toEqual({ phone: dropped.to, text: 'lost' });

    const sent = await harness.send(sessionId, dropped.to);
    await sent.reply;
    const again = `msg_${newUlid()}`;
    await harness.publishCommand(
      'DropMessage',
      sessionId,
      { ...dropped, messageId: sent.messageId },
      { id: newUlid() },
    );
    await harness.publishCommand('DropMessage', sessionId, { ...dropped, messageId: again }, { id: newUlid() });
    await harness.untilMessage(sessionId, again, 'MessageFailed');
    const events = await harness.read('message', sessionId);
    const failures = events.filter(({ type }) => type === 'MessageFailed').map(({ data }) => data);
    expect(failures).not.toContainEqual(expect.objectContaining({ messageId: sent.messageId }));
  });

  it('has a timeline that never runs backwards, like every message', async () => {
    const ids = await Promise.all(
      Array.from({ length: 20 }, async (_, n) => {
        const { messageId, reply } = await harness.send(sessionId, `155512301${10 + n}`);
        await reply;
        return messageId;
      }),
    );
    for (const id of ids) await harness.untilMessage(sessionId, id, 'MessageRead');
    const events = await harness.read('message', sessionId);
    const stages = ['MessageAccepted', 'MessageSent', 'MessageDelivered', 'MessageRead'];
    for (const id of ids) {
      const at = stages.map(
        (type) =>
          events.find((event) => event.type === type && (event.data as { messageId: string }).messageId === id)?.at,
      );
      expect(at).toEqual(at.toSorted((a, b) => Date.parse(a!) - Date.parse(b!)));
    }
  });
});
