import { randomUUID } from 'node:crypto';
import { type ContactErased, internalRequests, type ServiceReply, subjects } from '@wam/contracts';
import { createRequester } from '@wam/service-kit/nats';
import { eventually } from '@wam/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Harness, startHarness } from '../test-support/engine-harness.ts';

const erased = (messages: number, underWay = 0): ContactErased => ({
  erased: { 'sent-messages': messages },
  underWay,
});

describe('Erasing a contact', () => {
  let harness: Harness;
  const me = '15551230001';
  const [gone, other] = ['15551230021', '15551230022'];
  beforeAll(async () => {
    harness = await startHarness();
    // Either of them answers for both.
    await Promise.all([harness.startEngine(), harness.startEngine()]);
  });
  afterAll(() => harness[Symbol.asyncDispose]());

  async function erase(tenant = harness.tenant): Promise<ContactErased> {
    const requester = createRequester(harness.nc);
    const operation = internalRequests.eraseContact;
    const request = { operation, requestId: 'r', params: {}, query: {}, body: { tenant, address: gone } };
    const reply: ServiceReply = await requester.request(subjects.request('engine', operation), request, 10_000);
    requester.close();
    if (!reply.ok) throw new Error(reply.code);
    return reply.body as ContactErased;
  }

  it('takes number and text of what has ended, for good; what waits is sent first', async () => {
    const sessionId = await harness.pair(me);
    harness.sandbox.injectFault({ kind: 'nack', code: 479, phone: me, times: 1 });
    const failed = await harness.send(sessionId, gone);
    expect(await failed.reply).toMatchObject({ ok: false, code: 'WHATSAPP_REJECTED' });
    const sent = await harness.send(sessionId, gone);
    const kept = await harness.send(sessionId, other);
    await Promise.all([sent.reply, kept.reply]);
    await harness.untilMessage(sessionId, kept.messageId, 'MessageSent');
    const unlinked = randomUUID();
    await harness.create(unlinked);
    const waiting = await harness.send(unlinked, gone, { withoutReply: true, deadlineMs: 2_000 });
    await harness.untilMessage(unlinked, waiting.messageId, 'MessageAccepted');

    expect(await erase('00000000-0000-4000-8000-000000000001')).toEqual(erased(0));
    expect(await erase()).toEqual(erased(2, 1));
    await harness.untilMessage(unlinked, waiting.messageId, 'MessageFailed');
    // The row follows the event.
    await eventually(async () => expect(await erase()).toEqual(erased(1)));
    expect(await erase()).toEqual(erased(0));
    expect(await harness.resend(sessionId, failed.messageId)).toMatchObject({
      ok: false,
      code: 'MESSAGE_NOT_RESENDABLE',
    });
  });
});
