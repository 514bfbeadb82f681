import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createSandbox } from '../src/index.ts';
import { closed, jidOf, open, until } from './baileys-client.ts';

const ME = '15550000001';
const BOB = '15550000002';
const MESSAGES = 60;

let dataDir: string;
let child: ChildProcess | undefined;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'wam-sandbox-'));
});
afterEach(() => {
  child?.kill('SIGKILL');
  rmSync(dataDir, { recursive: true });
});

it('every message that was acked is in the inbox after a SIGKILL, once', async () => {
  child = fork(new URL('./sandbox-process.ts', import.meta.url), [dataDir], { execArgv: [] });
  const [ready] = (await once(child, 'message')) as [{ url: string; noiseRoot: string }];
  const remote = { url: ready.url, noiseRootPublicKey: Buffer.from(ready.noiseRoot, 'base64') };
  const { sock, auth } = await open(remote, { onQr: (qr) => child?.send({ qr, phone: ME }) });

  const acked = new Set<string>();
  sock.ws.on('CB:ack,class:message', ({ attrs }: { attrs: { id: string } }) => acked.add(attrs.id));
  const end = closed(sock);
  const sending = (async () => {
    for (let index = 0; index < MESSAGES; index += 1) {
      await sock.sendMessage(jidOf(BOB), { text: `message ${index}` }, { messageId: `3EB0KILL${index}` });
    }
  })().catch(() => 'cut off');
  await until(() => acked.size >= MESSAGES / 3);
  child.kill('SIGKILL');
  await end;
  await sending;

  await using sandbox = createSandbox({ dataDir });
  await sandbox.start();
  const received = sandbox.inbox({ phone: BOB, owner: 'tenant-a', limit: 1_000 });
  const ids = received.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toEqual(expect.arrayContaining(Array.from(acked)));
  expect(received.every(({ copies }) => copies === 1)).toBe(true);

  // The session needs no new QR, and its ratchet still fits the phone's.
  const { sock: again } = await open(sandbox, { auth });
  await again.sendMessage(jidOf(BOB), { text: 'after the crash' }, { messageId: '3EB0AFTER' });
  await until(() => sandbox.inbox({ phone: BOB, owner: 'tenant-a' }).some(({ id }) => id === '3EB0AFTER'));
  await again.end(undefined);
});
