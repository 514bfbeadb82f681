import type { WASocket } from '@whiskeysockets/baileys';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSandbox, type Sandbox } from '../src/index.ts';
import { jidOf, openLinked, until } from './baileys-client.ts';

const ME = '15550000001';
const BOB = '15550000002';
const owner = 'tenant-a';

let sandbox: Sandbox;
let sock: WASocket;
let acks: { id: string; error?: string }[];
let receipts: (string | undefined)[];
beforeEach(async () => {
  sandbox = createSandbox();
  await sandbox.start();
  ({ sock } = await openLinked(sandbox, ME, { owner, config: { defaultQueryTimeoutMs: 500 } }));
  acks = [];
  receipts = [];
  sock.ws.on('CB:ack,class:message', ({ attrs }: { attrs: { id: string } }) => acks.push(attrs));
  sock.ws.on('CB:receipt', ({ attrs }: { attrs: { type?: string } }) => receipts.push(attrs.type ?? 'delivered'));
});
afterEach(() => sandbox.stop());

const inbox = (phone = BOB) => sandbox.inbox({ phone, owner });
const send = (messageId: string, to = BOB) => sock.sendMessage(jidOf(to), { text: 'x' }, { messageId });

describe('a fault', () => {
  it('drops, nacks, or withholds messages, each as often as told', async () => {
    sandbox.injectFault({ kind: 'drop-messages', times: 1 });
    sandbox.injectFault({ kind: 'nack', code: 479, times: 1 });
    sandbox.injectFault({ kind: 'no-delivery', times: 1 });
    for (const id of ['DROPPED', 'NACKED', 'WITHHELD', 'NORMAL']) await send(id);
    await until(() => acks.length === 3);
    expect(acks).toMatchObject([{ id: 'NACKED', error: '479' }, { id: 'WITHHELD' }, { id: 'NORMAL' }]);
    expect(inbox().map(({ id }) => id)).toEqual(['NORMAL']);
    expect(sandbox.ledger(owner).map(({ id }) => id)).toEqual(['DROPPED', 'NACKED', 'WITHHELD', 'NORMAL']);
  });

  it('delays acks', async () => {
    sandbox.injectFault({ kind: 'delay-acks', delayMs: 100, times: 1 });
    await send('LATE');
    await send('PROMPT');
    await until(() => acks.length === 2);
    expect(acks.map(({ id }) => id)).toEqual(['PROMPT', 'LATE']);
    await until(() => inbox().length === 2);
  });

  it('repeats and reorders receipts', async () => {
    sandbox.injectFault({ kind: 'duplicate-receipts', times: 1 });
    sandbox.injectFault({ kind: 'reorder-receipts', times: 1 });
    await send('TWICE');
    await until(() => receipts.length === 4);
    expect(receipts).toEqual(['read', 'read', 'delivered', 'delivered']);
  });

  it('touches only the number it names', async () => {
    sandbox.injectFault({ kind: 'nack', code: 463, recipient: '15550000003' });
    await send('TO-BOB');
    await send('TO-OTHER', '15550000003');
    await until(() => acks.length === 2);
    expect(acks.map(({ error }) => error)).toEqual([undefined, '463']);
    sandbox.clearFaults({ recipient: '15550000003' });
    await send('TO-OTHER-AGAIN', '15550000003');
    await until(() => inbox('15550000003'));
  });

  it('restricts a phone: it starts no chats, and its clients are told when it begins and ends', async () => {
    const told: unknown[] = [];
    sock.ev.on('connection.update', ({ reachoutTimeLock: lock }) => {
      if (lock) told.push([lock.isActive, lock.timeEnforcementEnds?.toISOString()]);
    });
    await send('BEFORE');
    await until(() => acks.length === 1);
    await until(() => inbox());
    const restrict = { kind: 'restrict', until: '2999-01-01T00:00:00.000Z' } as const;
    sandbox.injectFault({ ...restrict, phone: ME, owner });
    await until(() => told.length === 1);
    await send('KNOWN');
    await send('NEW', '15550000003');
    await until(() => acks.length === 3);
    expect(acks.map(({ error }) => error)).toEqual([undefined, undefined, '463']);
    await sock.fetchAccountReachoutTimelock();
    sandbox.clearFaults({ phone: ME, owner });
    await until(() => told.length === 3);
    expect(told).toEqual([
      [true, restrict.until],
      [true, restrict.until],
      [false, undefined],
    ]);
  });

  it('touches only the sessions of its owner', async () => {
    const other = await openLinked(sandbox, '15550000009', { owner: 'tenant-b' });
    sandbox.injectFault({ kind: 'drop-messages', owner: 'tenant-b' });
    await other.sock.sendMessage(jidOf(BOB), { text: 'x' });
    await send('MINE');
    await until(() => inbox());
    await until(() => sandbox.ledger('tenant-b'));
    expect(sandbox.inbox({ phone: BOB, owner: 'tenant-b' })).toEqual([]);
    sandbox.clearFaults({ owner: 'tenant-a' });
    await other.sock.sendMessage(jidOf(BOB), { text: 'x' });
    await until(() => sandbox.ledger('tenant-b').length === 2);
    expect(sandbox.inbox({ phone: BOB, owner: 'tenant-b' })).toEqual([]);
    await other.sock.end(undefined);
  });

  it('slows lookups, silences them, and fails key queries', async () => {
    sandbox.injectFault({ kind: 'slow-lookups', delayMs: 50, times: 1 });
    expect(await sock.onWhatsApp(BOB)).toHaveLength(1);
    sandbox.injectFault({ kind: 'silent-lookups', times: 1 });
    await expect(sock.onWhatsApp(BOB)).resolves.toBeUndefined();
    sandbox.injectFault({ kind: 'key-errors', code: 500, times: 2 });
    await expect(send('NO-KEYS')).rejects.toThrow();
    await send('KEYS');
    await until(() => inbox());
  });

  it('is refused when it is not known, incomplete, or for a phone of another owner', () => {
    const inject = (fault: object) => () => sandbox.injectFault(fault as never);
    const invalid = expect.objectContaining({ code: 'INVALID_FAULT' });
    expect(inject({ kind: 'earthquake' })).toThrow(invalid);
    expect(inject({ kind: 'nack' })).toThrow(invalid);
    expect(inject({ kind: 'delay-acks', delayMs: -1 })).toThrow(invalid);
    expect(inject({ kind: 'nack', code: 463, times: 0 })).toThrow(invalid);
    expect(inject({ kind: 'close-after', messages: 1, code: 418 })).toThrow(invalid);
    expect(inject({ kind: 'refuse-upgrades', code: 502, owner })).toThrow(invalid);
    expect(inject({ kind: 'nack', code: 463, phone: ME, owner: 'tenant-b' })).toThrow(
      expect.objectContaining({ code: 'PHONE_NOT_LINKED' }),
    );
  });
});
