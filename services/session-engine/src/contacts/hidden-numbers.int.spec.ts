import {
  type ContactAddresses,
  internalRequests,
  type MessageEvent,
  type ServiceReply,
  type ShownNumbers,
  subjects,
} from '@wam/contracts';
import { createRequester } from '@wam/service-kit/nats';
import { eventually } from '@wam/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Harness, startHarness } from '../test-support/engine-harness.ts';

describe('Somebody whose number WhatsApp hides', () => {
  const me = '15551330001';
  const hidden = '19990000008';
  let harness: Harness;
  let sessionId: string;
  let address: string;
  beforeAll(async () => {
    harness = await startHarness();
    await harness.startEngine();
    sessionId = await harness.pair(me);
  });
  afterAll(() => harness[Symbol.asyncDispose]());

  async function write(text: string) {
    const { id } = harness.sandbox.sendMessage({ from: hidden, to: me, owner: harness.tenant, text });
    return eventually(async () => {
      const events = (await harness.read('message', sessionId)) as MessageEvent[];
      const found = events.find(({ type, data }) => type === 'MessageReceived' && data.waMessageId === id);
      if (!found) throw new Error(`${id} not received`);
      return harness.unseal(found);
    });
  }
  const acceptedOf = async (messageId: string) =>
    harness.unseal(await harness.untilMessage(sessionId, messageId, 'MessageAccepted'));
  const texts = () => harness.inbox(hidden).map(({ text }) => text);
  async function ask(operation: string, body: object): Promise<unknown> {
    const requester = createRequester(harness.nc);
    const request = { operation, requestId: 'r', params: {}, query: {}, body };
    const reply: ServiceReply = await requester.request(subjects.request('engine', operation), request, 10_000);
    requester.close();
    if (!reply.ok) throw new Error(reply.code);
    return reply.body;
  }
  const addressesOf = async (asked: string, tenant = harness.tenant): Promise<string[]> =>
    ((await ask(internalRequests.contactAddresses, { tenant, address: asked })) as ContactAddresses).addresses;
  const numbersOf = async (addresses: string[], tenant = harness.tenant) =>
    ((await ask(internalRequests.shownNumbers, { tenant, addresses })) as ShownNumbers).numbers;

  it('is known by LID, and answered there', async () => {
    const { phone, lid } = await write('who sells here?');
    expect({ phone, lid }).toEqual({ phone: '', lid: expect.stringMatching(/^\d+$/) });
    address = `${lid}@lid`;
    const { messageId, reply } = await harness.send(sessionId, address, { text: 'we do' });
    expect(await reply).toMatchObject({ ok: true, body: { messageId, status: 'sent' } });
    await harness.untilMessage(sessionId, messageId, 'MessageRead');
    expect(await acceptedOf(messageId)).toEqual({ phone: '', lid, text: 'we do' });
    expect(harness.inbox(hidden)).toMatchObject([{ text: 'we do', from: me, copies: 1 }]);
    expect(await addressesOf(address)).toEqual([address]);
    expect(await numbersOf([address])).toEqual({});
  });

  it('is sent again what failed', async () => {
    harness.sandbox.injectFault({ kind: 'nack', code: 479, phone: me, times: 1 });
    const failed = await harness.send(sessionId, address, { text: 'and here' });
    expect(await failed.reply).toMatchObject({ ok: false, code: 'WHATSAPP_REJECTED' });
    expect(await harness.resend(sessionId, failed.messageId)).toMatchObject({ ok: true });
    await eventually(() => expect(texts()).toEqual(['we do', 'and here']));
  });

  it('goes by the number once the session has been told it', async () => {
    const early = await harness.send(sessionId, address, { text: 'early' });
    await early.reply;
    await (await harness.send(sessionId, hidden, { text: 'found you' })).reply;
    expect(await write('indeed')).toMatchObject({ phone: hidden, lid: address.replace('@lid', '') });
    const late = await harness.send(sessionId, address, { text: 'late' });
    expect(await late.reply).toMatchObject({ ok: true });
    expect(await acceptedOf(late.messageId)).toEqual({ phone: hidden, text: 'late' });
    // A command that comes again is the same message, whatever was learnt in between.
    for (const { messageId, text } of [
      { ...early, text: 'early' },
      { ...late, text: 'late' },
    ]) {
      const again = await harness.send(sessionId, address, { messageId, text });
      expect(await again.reply).toMatchObject({ ok: true, body: { messageId } });
    }
    await eventually(() => expect(texts()).toEqual(['we do', 'and here', 'early', 'found you', 'late']));
    expect(await addressesOf(address)).toEqual([address, hidden]);
    expect(await addressesOf(hidden)).toEqual([hidden, address]);
    expect(await numbersOf(['123456789012345@lid', address])).toEqual({ [address]: hidden });
    expect(await numbersOf([address], '00000000-0000-4000-8000-000000000001')).toEqual({});
    expect(await addressesOf(hidden, '00000000-0000-4000-8000-000000000001')).toEqual([hidden]);
  });

  it('who is nobody is told apart from a silent server', async () => {
    const { reply } = await harness.send(sessionId, '123456789012345@lid');
    expect(await reply).toMatchObject({ ok: false, code: 'NOT_ON_WHATSAPP' });
  });
});
