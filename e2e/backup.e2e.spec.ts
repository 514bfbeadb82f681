import { execFile } from 'node:child_process';
import { appendFileSync, cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { copiesOf, countsOf, type Message, messagesOf, recipientOf, sendLoad } from './backup/ledger.ts';
import { linkSession, startPlatform, temporaryFolder, until } from './platform.ts';

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

describe('a backup that was taken under load', () => {
  it('is restored into an empty installation: no session needs a QR code, and the ledger is that of the backup', async () => {
    await using former = await temporaryFolder();
    await using next = await temporaryFolder();
    await using kept = await temporaryFolder();
    const backup = join(kept.path, 'backup');
    const settings = { WAM_KEK: kek, RATE_LIMIT_PLANS: 'none', RATE_LIMIT_GENERAL: '100000/1m' };

    const before = await startPlatform(former.path, settings);
    const { sessionId } = before.ready;
    const { sessionId: secondId } = await linkSession(before.client);
    const lines = [
      { sessionId, recipients: '9198123456' },
      { sessionId: secondId, recipients: '9198123457' },
    ];
    const load = sendLoad(before.client, lines);
    await until('messages under way', async () => lines.every((line) => load.accepted(line.sessionId).length >= 20));
    const atStart = lines.map((line) => load.accepted(line.sessionId).length);
    const taken = await wam(['backup', backup], { WAM_DATA_DIR: former.path });
    expect(taken).toMatchObject({ exitCode: 0, output: expect.stringMatching(/rows, events up to \d+/) });
    await load.stop();
    expect(await wam(['backup', backup], { WAM_DATA_DIR: former.path })).toMatchObject({
      exitCode: 1,
      output: `wam: ${backup} is not empty; name a new folder for each backup\n`,
    });
    // Lists tell what the read models know, which may be a moment behind.
    const wasThere = await Promise.all(
      lines.map(({ sessionId: id }) =>
        until('all listed as sent', async () => {
          const messages = await messagesOf(before.client, id);
          const areSent = messages.every(({ timeline }) => timeline.sentAt !== null);
          return areSent && messages.length === load.accepted(id).length && messages;
        }),
      ),
    );
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

    await using after = await startPlatform(next.path, settings);
    const { client } = after;
    expect(after.ready.sessionId).toBe(sessionId);
    for (const { sessionId: id } of lines) {
      const connected = async () => {
        const session = await client.getSession({ params: { sessionId: id } });
        return session.status === 'connected' && session;
      };
      expect(await until(`session ${id} connected`, connected)).toMatchObject({ hasQR: false });
    }
    for (const [index, line] of lines.entries()) {
      const { sessionId: id } = line;
      // What waited or was under way at that moment is sent now.
      const settled = async () => {
        const messages = await messagesOf(client, id);
        return messages.every(({ status }) => ['sent', 'delivered', 'read'].includes(status)) && messages;
      };
      const restored = await until('every message sent', settled);
      // Each session sent one after the other: what the backup holds is a beginning of that, whole and without a gap.
      const accepted = load.accepted(id);
      expect(restored.map(({ messageId }) => messageId)).toEqual(accepted.slice(0, restored.length));
      expect(restored.length).toBeGreaterThanOrEqual(atStart[index]!);
      const copies = await copiesOf(client, line, accepted.length);
      expect([...copies.keys()]).toEqual(accepted.map((_, number) => `${id} ${number}`));
      // Twice at most those under way at the moment of the backup, or accepted before its list of commands was closed: the last ones.
      const repeated = [...copies].filter(([, count]) => count > 1).map(([text]) => text);
      const last = restored.map((_, number) => `${id} ${number}`).slice(atStart[index]!);
      expect(repeated).toEqual(repeated.length === 0 ? [] : last.slice(-repeated.length));
      const known = restored.slice(0, restored.length - Math.max(1, repeated.length));
      const former = wasThere[index]!.slice(0, known.length);
      expect(known.map(unchanging)).toEqual(former.map(unchanging));
      for (const [place, { timeline }] of known.entries())
        for (const moment of ['deliveredAt', 'readAt'] as const)
          expect([null, former[place]!.timeline[moment]]).toContain(timeline[moment]);
    }
    const { totals, inChart, recount, messages } = await countsOf(client, [sessionId, secondId]);
    expect(totals).toEqual({ ...recount, total: messages });
    expect(inChart).toEqual(recount);
    expect(await wam(['rebuild', 'messages', '--check'], into)).toMatchObject({
      exitCode: 0,
      output: expect.stringContaining('equal to its rebuild'),
    });

    const recipient = recipientOf(lines[0]!, 0);
    const body = { to: recipient, message: 'after the restore' };
    const sent = await client.sendMessage({ params: { sessionId }, body });
    const isRead = async () => (await client.getMessage({ params: { messageId: sent.messageId } })).status === 'read';
    await until('new message read', isRead);
    expect((await client.getMessageStats()).totals.total).toBe(totals.total + 1);
    await client.simulateIncomingMessage({ body: { from: recipient, to: after.ready.phone, message: 'and back' } });
    const received = async () => (await client.getSession({ params: { sessionId } })).messagesReceived === 1;
    await until('message received', received);
  });
});

/** Of a message that is sent; receipts come later. */
const unchanging = ({ messageId, to, text, timeline: { acceptedAt, sentAt, failedAt } }: Message) => ({
  messageId,
  to,
  text,
  acceptedAt,
  sentAt,
  failedAt,
});
