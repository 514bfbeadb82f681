import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSandbox, type Sandbox } from '../src/index.ts';
import { jidOf, open, openLinked, until } from './baileys-client.ts';

const ME = '15550000001';
const BOB = '15550000002';
const owner = 'tenant-a';

let dataDir: string;
let sandbox: Sandbox;
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'wam-sandbox-'));
  sandbox = createSandbox({ dataDir });
  await sandbox.start();
});
afterEach(async () => {
  await sandbox.stop();
  rmSync(dataDir, { recursive: true });
});

async function restart(): Promise<void> {
  await sandbox.stop();
  sandbox = createSandbox({ dataDir });
  await sandbox.start();
}
const inbox = () => sandbox.inbox({ phone: BOB, owner });

describe('a sandbox with a data folder', () => {
  it('keeps sessions, ratchets, inboxes and its root over a restart: no new QR, no new Signal session', async () => {
    const root = sandbox.noiseRootPublicKey;
    const { sock, auth } = await openLinked(sandbox, ME, { owner });
    await sock.sendMessage(jidOf(BOB), { text: 'before' }, { messageId: '3EB0BEFORE' });
    const answered = new Promise((resolve) => sock.ev.on('messages.upsert', resolve));
    await until(() => inbox());
    sandbox.sendMessage({ from: BOB, to: ME, text: 'answer', owner });
    await answered;
    await sock.end(undefined);

    await restart();
    expect(sandbox.noiseRootPublicKey).toEqual(root);
    expect(inbox()).toMatchObject([{ id: '3EB0BEFORE', text: 'before' }]);
    expect(sandbox.ledger(owner)).toMatchObject([{ id: '3EB0BEFORE', count: 1 }]);

    const received: unknown[] = [];
    const { sock: again } = await open(sandbox, {
      auth,
      onQr: () => {
        throw new Error('asked for a QR');
      },
      onSocket: (socket) => socket.ev.on('messages.upsert', ({ messages }) => received.push(...messages)),
    });
    await again.sendMessage(jidOf(BOB), { text: 'after' });
    await until(() => inbox().length === 2);
    expect(inbox()[1]).toMatchObject({ text: 'after' });
    sandbox.sendMessage({ from: BOB, to: ME, text: 'still here', owner });
    await until(() => received.length > 0);
    expect(received).toMatchObject([{ message: { conversation: 'still here' } }]);
    await again.end(undefined);
  });

  it('keeps what waits for a session that is away', async () => {
    const { sock, auth } = await openLinked(sandbox, ME, { owner });
    await sock.end(undefined);
    await until(() => sandbox.linkedPhones()[0]?.devices[0]?.online === false);
    sandbox.sendMessage({ from: BOB, to: ME, text: 'while away', owner });
    await restart();
    const received: unknown[] = [];
    const { sock: again } = await open(sandbox, {
      auth,
      onSocket: (socket) => socket.ev.on('messages.upsert', (upsert) => received.push(upsert)),
    });
    await until(() => received.length > 0);
    expect(received).toMatchObject([{ type: 'append', messages: [{ message: { conversation: 'while away' } }] }]);
    await again.end(undefined);
  });

  it('still sends the receipts that were pending', async () => {
    sandbox.injectFault({ kind: 'delay-receipts', delayMs: 60_000, times: 1 });
    sandbox.injectFault({ kind: 'delay-receipts', delayMs: 200, times: 1 });
    const { sock, auth } = await openLinked(sandbox, ME, { owner });
    await sock.sendMessage(jidOf(BOB), { text: 'much later' }, { messageId: '3EB0FAR' });
    await sock.sendMessage(jidOf(BOB), { text: 'soon' }, { messageId: '3EB0SOON' });
    await until(() => inbox().length === 2);
    await restart();
    const updates: { key: { id?: string | null }; update: { status?: number | null } }[] = [];
    const { sock: again } = await open(sandbox, {
      auth,
      onSocket: (socket) => socket.ev.on('messages.update', (changes) => updates.push(...changes)),
    });
    await until(() => updates.some(({ update }) => update.status === 4));
    expect(new Set(updates.map(({ key }) => key.id))).toEqual(new Set(['3EB0SOON']));
    await again.end(undefined);
  });

  it('refuses a second sandbox on the same folder', () => {
    expect(() => createSandbox({ dataDir })).toThrow(/locked/);
  });

  it('forgets everything but its root on reset', async () => {
    const { sock } = await openLinked(sandbox, ME, { owner });
    await sock.sendMessage(jidOf(BOB), { text: 'gone soon' });
    await until(() => inbox());
    const root = sandbox.noiseRootPublicKey;
    sandbox.reset();
    expect([inbox(), sandbox.ledger(), sandbox.linkedPhones()]).toEqual([[], [], []]);
    await restart();
    expect([inbox(), sandbox.ledger(), sandbox.linkedPhones()]).toEqual([[], [], []]);
    expect(sandbox.noiseRootPublicKey).toEqual(root);
  });
});
