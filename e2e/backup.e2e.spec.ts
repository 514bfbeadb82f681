import { execFile } from 'node:child_process';
import { appendFileSync, cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { linkSession, type Platform, startPlatform, temporaryFolder, until } from './platform.ts';

const entry = fileURLToPath(new URL('../apps/wam/src/main.ts', import.meta.url));
const kek = Buffer.alloc(32, 7).toString('base64');

async function wam(args: string[], env: Record<string, string>): Promise<{ exitCode: number; output: string }> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [entry, ...args], {
      env: { ...process.env, ...env },
    });
    return { exitCode: 0, output: stdout };
  } catch (error) {
    const { code, stderr } = error as { code: number; stderr: string };
    return { exitCode: code, output: stderr };
  }
}

/** Sends one after the other until it is told to stop. */
function sendLoad({ client, ready }: Platform, to: string) {
  let stopped = false;
  const ids: string[] = [];
  const ended = (async () => {
    while (!stopped) {
      const body = { to, message: `number ${ids.length}` };
      ids.push((await client.sendMessage({ params: { sessionId: ready.sessionId }, body })).messageId);
    }
  })();
  ended.catch(() => undefined);
  return {
    ids,
    async stop() {
      stopped = true;
      await ended;
    },
  };
}

describe('a backup that was taken under load', () => {
  it('is restored into an empty installation: no session needs a QR code, and the ledger is that of the backup', async () => {
    await using former = await temporaryFolder();
    await using next = await temporaryFolder();
    await using kept = await temporaryFolder();
    const backup = join(kept.path, 'backup');
    const recipient = '919812345678';

    const before = await startPlatform(former.path, { WAM_KEK: kek });
    const { sessionId } = before.ready;
    const { sessionId: secondId } = await linkSession(before.client);
    const load = sendLoad(before, recipient);
    await until('messages under way', async () => load.ids.length >= 20);
    const acceptedBefore = [...load.ids];
    const taken = await wam(['backup', backup], { WAM_DATA_DIR: former.path });
    expect(taken).toMatchObject({ exitCode: 0, output: expect.stringMatching(/rows, events up to \d+/) });
    const sentMeanwhile = load.ids.length;
    await load.stop();
    expect(sentMeanwhile).toBeGreaterThan(acceptedBefore.length);
    expect(await wam(['backup', backup], { WAM_DATA_DIR: former.path })).toMatchObject({
      exitCode: 1,
      output: `wam: ${backup} is not empty; name a new folder for each backup\n`,
    });
    const formerMessage = (messageId: string) => before.client.getMessage({ params: { messageId } });
    const wasSent = await Promise.all(acceptedBefore.map(formerMessage));
    await before.stop();

    // The network is the same one; what the launcher keeps for its user is not part of a backup.
    cpSync(join(former.path, 'sandbox'), join(next.path, 'sandbox'), { recursive: true });
    cpSync(join(former.path, 'first-account.json'), join(next.path, 'first-account.json'));
    const into = { WAM_DATA_DIR: next.path, WAM_KEK: kek };
    const otherKek = Buffer.alloc(32, 8).toString('base64');
    expect(await wam(['restore', backup], { ...into, WAM_KEK: otherKek })).toMatchObject({
      exitCode: 1,
      output: expect.stringContaining('sealed under another key'),
    });
    const damaged = join(kept.path, 'damaged');
    cpSync(backup, damaged, { recursive: true });
    appendFileSync(join(damaged, 'commands.ndjson.gz'), 'x');
    expect(await wam(['restore', damaged], into)).toMatchObject({
      exitCode: 1,
      output: expect.stringContaining('is not as it was written'),
    });
    expect(await wam(['restore', backup], into)).toMatchObject({ exitCode: 0 });
    expect(await wam(['restore', backup], into)).toMatchObject({
      exitCode: 1,
      output: expect.stringContaining('the database has data'),
    });

    await using after = await startPlatform(next.path, { WAM_KEK: kek });
    const { client } = after;
    expect(after.ready.sessionId).toBe(sessionId);
    for (const id of [sessionId, secondId]) {
      const connected = async () => {
        const session = await client.getSession({ params: { sessionId: id } });
        return session.status === 'connected' && session;
      };
      expect(await until(`session ${id} connected`, connected)).toMatchObject({ hasQR: false });
    }
    const manifest = JSON.parse(readFileSync(join(backup, 'manifest.json'), 'utf8')) as { log: { lastSeq: number } };
    expect(manifest.log.lastSeq).toBeGreaterThan(acceptedBefore.length);
    // All of them were accepted before the backup, so each is there, as it was, and at the recipient once.
    for (const message of wasSent) {
      const { messageId } = message;
      const restored = async () => {
        const found = await client.getMessage({ params: { messageId } });
        return ['sent', 'delivered', 'read'].includes(found.status) && found;
      };
      expect(await until('message restored', restored)).toMatchObject({ messageId, to: message.to });
    }
    const inbox = await client.getInbox({ params: { number: recipient } });
    // One that was under way at that moment may go out again, under its id; none that had been acknowledged.
    const repeated = inbox.messages.filter(({ copies }) => copies > 1).map(({ text }) => text);
    const acknowledged = acceptedBefore.map((_, index) => `number ${index}`);
    expect(repeated.filter((text) => acknowledged.includes(text))).toEqual([]);
    expect(repeated.length).toBeLessThanOrEqual(1);
    const restoredCount = (await client.getMessageStats()).totals.total;
    expect(restoredCount).toBeGreaterThanOrEqual(acceptedBefore.length);
    expect(restoredCount).toBeLessThanOrEqual(sentMeanwhile + 1);

    const body = { to: recipient, message: 'after the restore' };
    const sent = await client.sendMessage({ params: { sessionId }, body });
    const isRead = async () => (await client.getMessage({ params: { messageId: sent.messageId } })).status === 'read';
    await until('new message read', isRead);
    expect((await client.getMessageStats()).totals.total).toBe(restoredCount + 1);
    await client.simulateIncomingMessage({ body: { from: recipient, to: after.ready.phone, message: 'and back' } });
    const received = async () => (await client.getSession({ params: { sessionId } })).messagesReceived === 1;
    await until('message received', received);
  });
});
