import type { WAMessage, WASocket } from '@whiskeysockets/baileys';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSandbox, MAGIC_RECIPIENTS, type MagicEffect, type Sandbox } from '../src/index.ts';
import { closed, jidOf, openLinked, until } from './baileys-client.ts';

const ME = '15550000001';
const owner = 'tenant-a';
const SLOW_ACK_MS = 300;

const numberOf = (effect: MagicEffect): string => MAGIC_RECIPIENTS.find((each) => each.effect === effect)!.number;

let sandbox: Sandbox;
let sock: WASocket;
let acks: { id: string; error: string | undefined; at: number }[];
let statuses: (number | null | undefined)[];
beforeEach(async () => {
  sandbox = createSandbox({ behaviour: { slowAckDelayMs: SLOW_ACK_MS } });
  await sandbox.start();
  ({ sock } = await openLinked(sandbox, ME, { owner }));
  acks = [];
  statuses = [];
  sock.ws.on('CB:ack,class:message', ({ attrs }: { attrs: Record<string, string> }) =>
    acks.push({ id: attrs.id ?? '', error: attrs.error, at: performance.now() }),
  );
  sock.ev.on('messages.update', (updates) => statuses.push(...updates.map(({ update }) => update.status)));
});
afterEach(() => sandbox.stop());

const inbox = (phone: string) => sandbox.inbox({ phone, owner });
/** Sends, and waits until an ordinary number has read a later message: whatever was to come has come. */
async function sendAndSettle(effect: MagicEffect): Promise<void> {
  await sock.sendMessage(jidOf(numberOf(effect)), { text: 'hello' }, { messageId: '3EB0MAGIC' });
  const later = '3EB0LATER';
  const read = new Promise<void>((resolve) => {
    sock.ev.on('messages.update', (updates) => {
      if (updates.some(({ key, update }) => key.id === later && update.status === 4)) resolve();
    });
  });
  await sock.sendMessage(jidOf('15550000077'), { text: 'later' }, { messageId: later });
  await read;
  statuses = statuses.slice(0, -2);
}

describe('a magic recipient', () => {
  it('that delivers only is never read', async () => {
    await sendAndSettle('delivers-only');
    expect(acks[0]).toMatchObject({ id: '3EB0MAGIC', error: undefined });
    expect(statuses.filter((status) => status === 4)).toEqual([]);
    expect(inbox(numberOf('delivers-only'))).toMatchObject([{ id: '3EB0MAGIC' }]);
  });

  it('that never delivers is acked by the server and gets nothing', async () => {
    await sendAndSettle('never-delivers');
    expect(acks[0]).toMatchObject({ id: '3EB0MAGIC', error: undefined });
    expect(inbox(numberOf('never-delivers'))).toEqual([]);
  });

  it('that is not on WhatsApp cannot be found, and a message to it is nacked', async () => {
    const number = numberOf('not-on-whatsapp');
    expect(await sock.onWhatsApp(number)).toEqual([]);
    await sock.sendMessage(jidOf(number), { text: 'hello' }, { messageId: '3EB0MAGIC' });
    expect(await until(() => acks[0])).toMatchObject({ id: '3EB0MAGIC', error: '404' });
  });

  it('that is nacked ends the message in error 463', async () => {
    await sock.sendMessage(jidOf(numberOf('nacked')), { text: 'hello' }, { messageId: '3EB0MAGIC' });
    expect(await until(() => acks[0])).toMatchObject({ id: '3EB0MAGIC', error: '463' });
    await until(() => statuses.includes(0));
    expect(inbox(numberOf('nacked'))).toEqual([]);
  });

  it('that is slow keeps the sender waiting for the ack, while others are served', async () => {
    await sendAndSettle('slow');
    await until(() => acks.length === 2);
    expect(acks.map(({ id }) => id)).toEqual(['3EB0LATER', '3EB0MAGIC']);
    await until(() => statuses.includes(4));
    expect(inbox(numberOf('slow'))).toMatchObject([{ id: '3EB0MAGIC' }]);
  });

  it('that replies echoes the text', async () => {
    const reply = new Promise((resolve) => sock.ev.on('messages.upsert', ({ messages: [first] }) => resolve(first)));
    await sock.sendMessage(jidOf(numberOf('replies')), { text: 'anybody there?' });
    expect(await reply).toMatchObject({
      key: { remoteJid: jidOf(numberOf('replies')), fromMe: false },
      message: { conversation: 'You said: anybody there?' },
    });
  });

  it('that hides its number writes under its LID, and is answered there', async () => {
    const number = numberOf('hides-number');
    const received = new Promise<WAMessage>((resolve) =>
      sock.ev.on('messages.upsert', ({ messages: [first] }) => resolve(first!)),
    );
    sandbox.sendMessage({ from: number, to: ME, owner, text: 'who am I?' });
    const { key, message } = await received;
    expect(message).toMatchObject({ conversation: 'who am I?' });
    expect(key.remoteJid).toMatch(/^\d+@lid$/);
    expect(JSON.stringify(key)).not.toContain(number);
    await sock.sendMessage(key.remoteJid!, { text: 'somebody' }, { messageId: '3EB0LID' });
    await until(() => statuses.includes(4));
    expect(acks).toMatchObject([{ id: '3EB0LID', error: undefined }]);
    expect(inbox(number)).toMatchObject([{ text: 'somebody', copies: 1 }]);
  });

  it('that logs the sender out removes the device after the ack', async () => {
    const end = closed(sock);
    await sock.sendMessage(jidOf(numberOf('logs-out-sender')), { text: 'bye' }, { messageId: '3EB0MAGIC' });
    expect(await end).toBe(401);
    expect(acks).toMatchObject([{ id: '3EB0MAGIC', error: undefined }]);
    expect(inbox(numberOf('logs-out-sender'))).toMatchObject([{ text: 'bye' }]);
    expect(sandbox.linkedPhones()).toEqual([]);
  });
});
