import type { proto, WASocket } from '@whiskeysockets/baileys';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSandbox, type Sandbox } from '../src/index.ts';
import { jidOf, openLinked, until } from './baileys-client.ts';

const ME = '15550000001';
const BOB = '15550000002';
const owner = 'tenant-a';

let sandbox: Sandbox;
let sock: WASocket;
beforeEach(async () => {
  sandbox = createSandbox();
  await sandbox.start();
  ({ sock } = await openLinked(sandbox, ME, { owner }));
});
afterEach(async () => {
  expect(sandbox.stanzas().unknown).toEqual({});
  await sandbox.stop();
});

interface Update {
  id: string;
  status: number | null | undefined;
  stub: string | undefined;
}

/** Status updates, in order. */
function watchUpdates(socket: WASocket): Update[] {
  const updates: Update[] = [];
  socket.ev.on('messages.update', (changes) => {
    for (const { key, update } of changes) {
      updates.push({ id: key.id ?? '', status: update.status, stub: update.messageStubParameters?.[0] });
    }
  });
  return updates;
}

const nextMessage = (socket: WASocket): Promise<proto.IWebMessageInfo> =>
  new Promise((resolve) => {
    socket.ev.on('messages.upsert', ({ messages: [message] }) => message && resolve(message));
  });

const inbox = (phone = BOB) => sandbox.inbox({ phone, owner });

describe('a session that writes to a simulated user', () => {
  it('is acked with its own id, then told delivered and read, while the phone and its own phone decrypt', async () => {
    const updates = watchUpdates(sock);
    const ack = new Promise<{ attrs: Record<string, string> }>((resolve) =>
      sock.ws.on('CB:ack,class:message', resolve),
    );
    const sent = await sock.sendMessage(jidOf(BOB), { text: 'secret 42' }, { messageId: '3EB0TEST0001' });
    expect(sent?.key.id).toBe('3EB0TEST0001');
    expect((await ack).attrs).toMatchObject({ id: '3EB0TEST0001', from: jidOf(BOB) });
    await until(() => updates.some(({ status }) => status === 4));
    expect(updates.map(({ id, status }) => [id, status])).toEqual([
      ['3EB0TEST0001', 3],
      ['3EB0TEST0001', 4],
    ]);
    expect(inbox()).toMatchObject([
      { id: '3EB0TEST0001', from: ME, to: BOB, text: 'secret 42', type: 'text', copies: 1, encType: 'pkmsg', owner },
    ]);
    expect(sandbox.sentCopies({ phone: ME, owner })).toMatchObject([
      { id: '3EB0TEST0001', destinationJid: jidOf(BOB), message: { extendedTextMessage: { text: 'secret 42' } } },
    ]);
  });

  it('lists each message once in the inbox and counts the copies of a repeated id', async () => {
    await sock.sendMessage(jidOf(BOB), { text: 'once' }, { messageId: '3EB0TWICE' });
    await sock.sendMessage(jidOf(BOB), { text: 'once' }, { messageId: '3EB0TWICE' });
    await sock.sendMessage(jidOf(BOB), { text: 'other' }, { messageId: '3EB0OTHER' });
    await until(() => inbox().length === 2);
    expect(inbox()).toMatchObject([
      { id: '3EB0TWICE', copies: 2, duplicate: true },
      { id: '3EB0OTHER', copies: 1, duplicate: false },
    ]);
    expect(sandbox.ledger(owner)).toMatchObject([
      { id: '3EB0TWICE', count: 2 },
      { id: '3EB0OTHER', count: 1, device: `${ME}:1`, to: jidOf(BOB) },
    ]);
  });

  it('shows an inbox to the owner of the sending session only', async () => {
    await sock.sendMessage(jidOf(BOB), { text: 'mine' });
    await until(() => inbox());
    expect(sandbox.inbox({ phone: BOB, owner: 'tenant-b' })).toEqual([]);
    expect(sandbox.ledger('tenant-b')).toEqual([]);
    expect(() => sandbox.sentCopies({ phone: ME, owner: 'tenant-b' })).toThrow(
      expect.objectContaining({ code: 'PHONE_NOT_LINKED' }),
    );
  });

  it('that repeats itself after losing its last keys is told again that the message arrived', async () => {
    const { auth, sock: victim } = await openLinked(sandbox, '15550000004', { owner });
    await victim.sendMessage(jidOf(BOB), { text: 'opens the session' });
    await until(() => inbox());
    const answered = nextMessage(victim);
    sandbox.sendMessage({ from: BOB, to: '15550000004', text: 'ends pkmsg mode', owner });
    await answered;
    await victim.sendMessage(jidOf(BOB), { text: 'plain from here' });
    await until(() => inbox().length === 2);
    const before = structuredClone(auth.data);
    await victim.sendMessage(jidOf(BOB), { text: 'payment due' }, { messageId: '3EB0PAY' });
    await until(() => inbox().length === 3);
    for (const [key, value] of before) auth.data.set(key, value);
    const updates = watchUpdates(victim);
    await victim.sendMessage(jidOf(BOB), { text: 'payment due' }, { messageId: '3EB0PAY' });
    await until(() => inbox()[2]?.copies === 2);
    await until(() => updates.some(({ id, status }) => id === '3EB0PAY' && status === 4));
    expect(inbox().map(({ text }) => text)).toEqual(['opens the session', 'plain from here', 'payment due']);
    await victim.end(undefined);
  });

  it('recovers by a retry receipt when its ciphertext was damaged on the way', async () => {
    await sock.sendMessage(jidOf(BOB), { text: 'opens the session' });
    await until(() => inbox());
    sandbox.injectFault({ kind: 'corrupt-ciphertext', recipient: BOB, times: 1 });
    await sock.sendMessage(jidOf(BOB), { text: 'arrives after all' }, { messageId: '3EB0DAMAGED' });
    await until(() => inbox().length === 2);
    expect(inbox()[1]).toMatchObject({ id: '3EB0DAMAGED', text: 'arrives after all', copies: 1 });
    expect(sandbox.ledger(owner)[1]).toMatchObject({ id: '3EB0DAMAGED', count: 2 });
  });

  it('writes reactions, edits and deletions that the phone reads as such', async () => {
    const sent = await sock.sendMessage(jidOf(BOB), { text: 'first' });
    const key = sent!.key;
    await sock.sendMessage(jidOf(BOB), { react: { text: '+', key } });
    await sock.sendMessage(jidOf(BOB), { text: 'second', edit: key });
    await sock.sendMessage(jidOf(BOB), { delete: key });
    await until(() => inbox().length === 4);
    expect(inbox().map(({ type, text }) => [type, text])).toEqual([
      ['text', 'first'],
      ['reaction', '+'],
      ['edit', 'second'],
      ['delete', ''],
    ]);
  });

  it('finds a note to itself in its own inbox', async () => {
    await sock.sendMessage(jidOf(ME), { text: 'note to self' });
    expect(await until(() => inbox(ME))).toMatchObject([{ from: ME, text: 'note to self' }]);
  });

  it('looks up who is on WhatsApp', async () => {
    expect(await sock.onWhatsApp(BOB, '19990000003')).toEqual([{ jid: jidOf(BOB), exists: true }]);
  });
});

describe('a simulated user who writes to a session', () => {
  const write = (content: Parameters<Sandbox['sendMessage']>[0]) => sandbox.sendMessage(content);

  it('reaches it with text, first and later messages alike', async () => {
    for (const text of ['hi', 'hi again']) {
      const got = nextMessage(sock);
      const { id } = write({ from: BOB, to: ME, text, owner, name: 'Bob' });
      expect(await got).toMatchObject({
        key: { id, remoteJid: jidOf(BOB) },
        message: { conversation: text },
        pushName: 'Bob',
      });
    }
    await until(() => sandbox.linkedPhones()[0]?.devices[0]?.waiting === 0);
  });

  it('reaches it with reactions, edits, deletions and image headers', async () => {
    const sent = await sock.sendMessage(jidOf(BOB), { text: 'rate me' });
    await until(() => inbox());
    const reaction = new Promise<unknown>((resolve) => sock.ev.on('messages.reaction', ([first]) => resolve(first)));
    write({ from: BOB, to: ME, reaction: '+1', messageId: sent!.key.id!, owner });
    expect(await reaction).toMatchObject({ reaction: { text: '+1' }, key: { id: sent!.key.id, fromMe: true } });

    const image = nextMessage(sock);
    const { id } = write({ from: BOB, to: ME, image: { caption: 'look' }, owner });
    expect((await image).message?.imageMessage?.caption).toBe('look');

    const changes: unknown[] = [];
    // Receipts of the earlier message may still come in between.
    sock.ev.on('messages.update', (updates) => changes.push(...updates.filter(({ key }) => key.id === id)));
    write({ from: BOB, to: ME, edit: 'look here', messageId: id, owner });
    write({ from: BOB, to: ME, delete: true, messageId: id, owner });
    await until(() => changes.length >= 2);
    expect(changes).toMatchObject([
      { key: { id }, update: { message: { editedMessage: { message: { conversation: 'look here' } } } } },
      { key: { id }, update: { messageStubType: 1 } },
    ]);
  });

  it('continues the conversation a session began', async () => {
    await sock.sendMessage(jidOf(BOB), { text: 'ping' });
    await until(() => inbox());
    const got = nextMessage(sock);
    write({ from: BOB, to: ME, text: 'pong', owner });
    expect((await got).message?.conversation).toBe('pong');
    await sock.sendMessage(jidOf(BOB), { text: 'thanks' });
    await until(() => inbox().length === 2);
    // The session replaced its own with the one made by the answer, so a plain message suffices.
    expect(inbox()[1]).toMatchObject({ text: 'thanks' });
  });

  it('is refused for a session of another owner, and under the number of another owner', async () => {
    expect(() => write({ from: BOB, to: ME, text: 'x', owner: 'tenant-b' })).toThrow(
      expect.objectContaining({ code: 'PHONE_NOT_LINKED' }),
    );
    const other = await openLinked(sandbox, '15550000009', { owner: 'tenant-b' });
    expect(() => write({ from: '15550000009', to: ME, text: 'x', owner })).toThrow(
      expect.objectContaining({ code: 'PHONE_IN_USE' }),
    );
    await other.sock.end(undefined);
  });
});

describe('two sessions', () => {
  it('talk to each other, and see each other receive and read', async () => {
    const { sock: peer } = await openLinked(sandbox, BOB, { owner: 'tenant-b' });
    for (const [from, to, number, text] of [
      [sock, peer, BOB, 'hi from A'],
      [peer, sock, ME, 'hi from B'],
      [sock, peer, BOB, 'again from A'],
    ] as const) {
      const updates = watchUpdates(from);
      const got = nextMessage(to);
      const sent = await from.sendMessage(jidOf(number), { text });
      const message = await got;
      expect(message.message?.extendedTextMessage?.text).toBe(text);
      await to.readMessages([message.key!]);
      await until(() => updates.some(({ id, status }) => id === sent?.key.id && status === 4));
    }
    expect(inbox(BOB)).toMatchObject([{ text: 'hi from A' }, { text: 'again from A' }]);
    await peer.end(undefined);
  });

  it('of one number both learn what either sends and receives', async () => {
    const { sock: second } = await openLinked(sandbox, ME, { owner });
    const copy = nextMessage(second);
    await sock.sendMessage(jidOf(BOB), { text: 'from the first' });
    expect(await copy).toMatchObject({
      key: { remoteJid: jidOf(BOB), fromMe: true },
      message: { extendedTextMessage: { text: 'from the first' } },
    });
    const both = Promise.all([nextMessage(sock), nextMessage(second)]);
    sandbox.sendMessage({ from: BOB, to: ME, text: 'to both', owner });
    expect((await both).map(({ message }) => message?.conversation)).toEqual(['to both', 'to both']);
    await second.end(undefined);
  });
});
