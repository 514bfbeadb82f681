import type { WASocket } from '@whiskeysockets/baileys';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSandbox, type DropKind, type Sandbox } from '../src/index.ts';
import { closed, connect, jidOf, type MemoryAuth, memoryAuth, open, openLinked, until } from './baileys-client.ts';

const ME = '15550000001';
const owner = 'tenant-a';

let sandbox: Sandbox;
let auth: MemoryAuth;
beforeAll(async () => {
  sandbox = createSandbox();
  await sandbox.start();
  const linked = await openLinked(sandbox, ME, { owner });
  auth = linked.auth;
  await linked.sock.end(undefined);
});
afterAll(() => sandbox.stop());

/** The code a login ends with; 0 if it opens. */
async function logIn(): Promise<number> {
  const sock = connect(sandbox, auth);
  const outcome = await Promise.race([closed(sock), opened(sock)]);
  if (outcome === 0) await sock.end(undefined);
  return outcome;
}
const opened = (sock: WASocket): Promise<0> =>
  new Promise((resolve) => sock.ev.on('connection.update', ({ connection }) => connection === 'open' && resolve(0)));

describe('a connection the server ends', () => {
  it.each<[DropKind, number]>([
    ['reset', 428],
    ['close', 428],
    ['stream-end', 428],
    [428, 428],
    [440, 440],
    [403, 403],
    [405, 405],
    [503, 503],
    [515, 515],
  ])('by %s is reported as %i, and the session can log in again', async (kind, statusCode) => {
    const { sock } = await open(sandbox, { auth });
    const end = closed(sock);
    sandbox.disconnect({ phone: ME, code: kind, owner });
    expect(await end).toBe(statusCode);
    expect(await logIn()).toBe(0);
  });

  it('because the device logged in again is replaced: 440', async () => {
    const first = await open(sandbox, { auth });
    const end = closed(first.sock);
    const second = await open(sandbox, { auth });
    expect(await end).toBe(440);
    expect(sandbox.linkedPhones(owner)[0]?.devices[0]?.online).toBe(true);
    await second.sock.end(undefined);
  });

  it('after N messages, when told so', async () => {
    const { sock } = await open(sandbox, { auth });
    sandbox.injectFault({ kind: 'close-after', messages: 2, code: 503, phone: ME, owner });
    const end = closed(sock);
    await sock.sendMessage(jidOf('15550000002'), { text: 'one' }, { messageId: '3EB0ONE' });
    await sock.sendMessage(jidOf('15550000002'), { text: 'two' }, { messageId: '3EB0TWO' });
    expect(await end).toBe(503);
    expect(sandbox.inbox({ phone: '15550000002', owner }).map(({ id }) => id)).toEqual(['3EB0ONE', '3EB0TWO']);
  });

  it('is not touched by another owner', () => {
    expect(() => sandbox.disconnect({ phone: ME, code: 428, owner: 'tenant-b' })).toThrow(
      expect.objectContaining({ code: 'PHONE_NOT_LINKED' }),
    );
    expect(() => sandbox.disconnect({ phone: ME, code: 418 as never, owner })).toThrow(
      expect.objectContaining({ code: 'INVALID_FAULT' }),
    );
  });
});

describe('a login', () => {
  it.each([401, 403, 405, 503])('refused with %i reports it, and works once the fault is used up', async (code) => {
    sandbox.injectFault({ kind: 'refuse-logins', code, phone: ME, owner, times: 1 });
    expect(await logIn()).toBe(code);
    expect(await logIn()).toBe(0);
  });

  it('refused by HTTP shows as an unexpected response, which Baileys itself never reports', async () => {
    sandbox.injectFault({ kind: 'refuse-upgrades', code: 502, times: 1 });
    const sock = connect(sandbox, auth);
    const status = await new Promise((resolve) =>
      sock.ws.on('unexpected-response', (_request: unknown, response: { statusCode: number }) =>
        resolve(response.statusCode),
      ),
    );
    expect(status).toBe(502);
    expect(await logIn()).toBe(0);
  });

  it('delivers as append what was sent while the session was away, oldest first, and says when that was all', async () => {
    for (const text of ['one', 'two', 'three']) sandbox.sendMessage({ from: '15550000002', to: ME, text, owner });
    const seen: string[] = [];
    const { sock } = await open(sandbox, {
      auth,
      onSocket: (socket) => {
        socket.ev.on('messages.upsert', ({ type, messages }) =>
          seen.push(...messages.map(({ message }) => `${type}: ${message?.conversation}`)),
        );
        socket.ev.on('connection.update', (update) => {
          if (update.receivedPendingNotifications) seen.push('all');
        });
      },
    });
    await until(() => seen.length >= 4);
    expect(seen).toContain('all');
    expect(seen.filter((each) => each !== 'all')).toEqual(['append: one', 'append: two', 'append: three']);
    await until(() => sandbox.linkedPhones(owner)[0]?.devices[0]?.waiting === 0);
    await sock.end(undefined);
  });

  it('delivers the receipts that came while the session was away', async () => {
    sandbox.injectFault({ kind: 'delay-receipts', delayMs: 150, times: 1 });
    const { sock } = await open(sandbox, { auth });
    const acked = new Promise((resolve) => sock.ws.on('CB:ack,class:message', resolve));
    await sock.sendMessage(jidOf('15550000002'), { text: 'see you' }, { messageId: '3EB0AWAY' });
    await acked;
    await sock.end(undefined);
    await until(() => sandbox.linkedPhones(owner)[0]?.devices[0]?.waiting === 2);
    const statuses: { update: { status?: unknown } }[] = [];
    const back = await open(sandbox, {
      auth,
      onSocket: (socket) => socket.ev.on('messages.update', (updates) => statuses.push(...updates)),
    });
    // Updates of one flush collapse into the last; when the two receipts fall into two flushes, both come.
    await until(() => statuses.at(-1)?.update.status === 4);
    expect(statuses.at(-1)).toMatchObject({ key: { id: '3EB0AWAY' }, update: { status: 4 } });
    await back.sock.end(undefined);
  });
});

describe('a device that is removed', () => {
  it('by its phone is logged out, and refused from then on', async () => {
    const other = await openLinked(sandbox, '15550000005', { owner });
    const end = closed(other.sock);
    sandbox.unlink({ phone: '15550000005', owner });
    expect(await end).toBe(401);
    const again = connect(sandbox, other.auth);
    expect(await closed(again)).toBe(401);
  });

  it('by its own logout is unlinked', async () => {
    const other = await openLinked(sandbox, '15550000006', { owner });
    const end = closed(other.sock);
    await other.sock.logout();
    expect(await end).toBe(401);
    await until(() => sandbox.linkedPhones().every(({ phone }) => phone !== '15550000006'));
  });

  it('while away is refused when it returns', async () => {
    const other = await openLinked(sandbox, '15550000007', { owner });
    await other.sock.end(undefined);
    sandbox.unlink({ phone: '15550000007', owner });
    const again = connect(sandbox, { state: other.auth.state, data: memoryAuth().data });
    expect(await closed(again)).toBe(401);
  });
});
