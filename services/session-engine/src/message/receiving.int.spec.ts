import type { AnyEvent, MessageEvent } from '@wam/contracts';
import { eventually } from '@wam/testkit';
import type { UserContent } from '@wam/whatsapp-sandbox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Harness, startHarness } from '../test-support/engine-harness.ts';
import { spawnEngine } from '../test-support/spawn-engine.ts';

type Received = Extract<MessageEvent, { type: 'MessageReceived' }>;
const isReceived = (event: AnyEvent): event is Received => event.type === 'MessageReceived';
const receivedOf = async (harness: Harness, sessionId: string): Promise<Received[]> =>
  (await harness.read('message', sessionId)).filter(isReceived);

describe('A message to a session', () => {
  const me = '15551320001';
  const friend = '15551320002';
  let harness: Harness;
  let sessionId: string;
  beforeAll(async () => {
    harness = await startHarness();
    await harness.startEngine();
    sessionId = await harness.pair(me);
  });
  afterAll(() => harness[Symbol.asyncDispose]());

  const write = async (content: UserContent, name?: string): Promise<Received> => {
    const named = name === undefined ? {} : { name };
    const { id } = harness.sandbox.sendMessage({ ...content, from: friend, to: me, owner: harness.tenant, ...named });
    return eventually(async () => {
      const found = (await receivedOf(harness, sessionId)).find(({ data }) => data.waMessageId === id);
      if (!found) throw new Error(`${id} not received`);
      return found;
    });
  };

  it('becomes an event with number, LID, name and text, all of them sealed', async () => {
    const event = await write({ text: 'good morning' }, 'Asha');
    expect(event.data).toMatchObject({ kind: 'text', offline: false, writtenAt: expect.any(String) });
    expect(JSON.stringify(event)).not.toMatch(/good morning|Asha|15551320002/);
    expect(harness.unseal(event)).toEqual({
      phone: friend,
      lid: expect.stringMatching(/^\d+$/),
      pushName: 'Asha',
      text: 'good morning',
    });
  });

  it.each<[string, UserContent, object, object]>([
    ['image', { image: { caption: 'look' } }, { type: 'image', mimeType: 'image/jpeg' }, { text: 'look' }],
    ['video', { video: { seconds: 9 } }, { type: 'video', durationSeconds: 9 }, { text: '' }],
    ['voice note', { audio: { voice: true, seconds: 5 } }, { type: 'voice', durationSeconds: 5 }, { text: '' }],
    [
      'document',
      { document: { fileName: 'bill.pdf', caption: 'yours' } },
      { type: 'document', mimeType: 'application/pdf', sizeBytes: 48_213 },
      { text: 'yours', fileName: 'bill.pdf' },
    ],
  ])('with a file tells its header: %s', async (_, content, media, sealed) => {
    const event = await write(content);
    expect(event.data).toMatchObject({ kind: 'media', media });
    expect(harness.unseal(event)).toMatchObject(sealed);
  });

  it('with a place or a person tells which', async () => {
    const place = await write({ location: { latitude: 18.92, longitude: 72.83, name: 'Gateway' } });
    expect(place.data.kind).toBe('location');
    expect(harness.unseal(place).location).toEqual({ latitude: 18.92, longitude: 72.83, name: 'Gateway' });
    const person = await write({ contact: { name: 'Ravi', phone: '919876500001' } });
    expect(harness.unseal(person).contacts).toEqual([{ name: 'Ravi', phones: ['919876500001'] }]);
  });

  it('about another message names it by our id, whoever wrote it', async () => {
    const { messageId, reply } = await harness.send(sessionId, friend, { text: 'deal?' });
    await reply;
    const waMessageId = harness.inbox(friend)[0]?.id ?? '';
    expect((await write({ reaction: '👍', messageId: waMessageId })).data).toMatchObject({
      kind: 'reaction',
      target: { messageId, waMessageId },
    });
    expect((await write({ text: 'deal', quotes: waMessageId })).data.replyTo).toEqual({ messageId, waMessageId });

    const theirs = (await write({ text: 'at noon' })).data;
    const reference = { messageId: theirs.messageId, waMessageId: theirs.waMessageId };
    const edit = await write({ edit: 'at one', messageId: theirs.waMessageId });
    expect(edit.data).toMatchObject({ kind: 'edit', target: reference });
    expect(harness.unseal(edit).text).toBe('at one');
    const deletion = await write({ delete: true, messageId: theirs.waMessageId });
    expect(deletion.data).toMatchObject({ kind: 'delete', target: reference });
  });

  it('is not taken from the phone of the session itself', async () => {
    const before = await receivedOf(harness, sessionId);
    await (await harness.send(sessionId, me, { text: 'note to self' })).reply;
    await write({ text: 'after it' });
    expect(await receivedOf(harness, sessionId)).toHaveLength(before.length + 1);
  });
});

describe('A message that was confirmed to WhatsApp', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await startHarness();
  });
  afterAll(() => harness[Symbol.asyncDispose]());

  it('is in the log although bus and engine died before its event was published', async () => {
    const me = '15551330001';
    const texts = Array.from({ length: 20 }, (_, n) => `survives ${n}`);
    await using first = await spawnEngine(harness.env);
    const sessionId = await harness.pair(me);
    await harness.nats.kill();
    for (const text of texts) {
      harness.sandbox.sendMessage({ from: '15551330002', to: me, text, owner: harness.tenant });
    }
    // Confirmed: WhatsApp has forgotten them.
    const waiting = () => harness.sandbox.linkedPhones(harness.tenant)[0]?.devices[0]?.waiting;
    await eventually(() => expect(waiting()).toBe(0));
    await first.kill();
    await harness.nats.restart();

    await using second = await spawnEngine(harness.env);
    await eventually(async () => expect(await receivedOf(harness, sessionId)).toHaveLength(texts.length), {
      timeoutMs: 20_000,
    });
    const events = await receivedOf(harness, sessionId);
    expect(events.map((event) => harness.unseal(event).text)).toEqual(texts);
    await eventually(async () =>
      expect(await harness.db.selectFrom('event_outbox').select('event_id').execute()).toEqual([]),
    );
    await second.kill();
  });
});
