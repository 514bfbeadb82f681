/**
 * The way there and back with the code of both releases, on one data folder:
 * `node e2e/upgrade/go-back.ts <checkout of the release before, with its dependencies>`. Ends with 1 when a session asked for a QR code, or a message was
 * lost, sent twice or counted wrongly. It needs the history of the repository, so it is run by hand before a release.
 */
import { join } from 'node:path';
import { rebuild } from '../../apps/wam/src/commands/rebuild.ts';
import { copiesOf, countsOf, type Line, recipientOf, sendLoad } from '../backup/ledger.ts';
import { linkSession, type Platform, startPlatform, temporaryFolder, until } from '../platform.ts';

const [checkout] = process.argv.slice(2);
if (checkout === undefined) throw new Error('name a checkout of the release before');
const before = { release: 'the release before', entry: join(checkout, 'apps/wam/src/main.ts') };
const now = { release: 'this release', entry: undefined };
const perSession = 20;

await using folder = await temporaryFolder();
const env = { WAM_KEK: Buffer.alloc(32, 7).toString('base64'), WAM_DATA_DIR: folder.path };
const limits = { RATE_LIMIT_PLANS: 'none', RATE_LIMIT_GENERAL: '100000/1m' };
const lines: Line[] = [];
const texts = new Map<string, Set<string>>();
const faults: string[] = [];
let codesSeen = 0;

async function link({ client, ready }: Platform): Promise<void> {
  for (const sessionId of [ready.sessionId, (await linkSession(client)).sessionId]) {
    lines.push({ sessionId, recipients: `91981234${50 + lines.length}` });
    texts.set(sessionId, new Set());
  }
  codesSeen = (await client.listEvents({ query: { type: 'session.qr' } })).events.length;
}

async function use({ client, ready }: Platform, stage: string): Promise<void> {
  for (const { sessionId } of lines)
    await until(`session connected on ${stage}`, async () => {
      const { status, hasQR } = await client.getSession({ params: { sessionId } });
      return status === 'connected' && !hasQR;
    });
  const load = sendLoad(client, lines, `${stage} `);
  await until('messages', async () => lines.every(({ sessionId }) => load.accepted(sessionId).length >= perSession));
  await load.stop();
  for (const line of lines) {
    const { sessionId } = line;
    const sent = texts.get(sessionId)!;
    for (const [index] of load.accepted(sessionId).entries()) sent.add(`${stage} ${sessionId} ${index}`);
    await client.bulkSend({ body: { sessionId, contacts: [recipientOf(line, 0)], message: `${stage} to all` } });
    sent.add(`${stage} to all`);
  }
  await client.simulateIncomingMessage({ body: { from: recipientOf(lines[0]!, 0), to: ready.phone, message: stage } });
  const all = [...texts.values()].reduce((sum, { size }) => sum + size, 0);
  await until(`all ${all} read and counted on ${stage}`, async () => {
    const { totals } = await client.getMessageStats();
    return totals.read === all && totals.total === all;
  });
  const codes = (await client.listEvents({ query: { type: 'session.qr' } })).events.length;
  if (codes > codesSeen) faults.push(`${codes - codesSeen} QR codes on ${stage}`);
  process.stdout.write(`${stage}: ${all} messages sent, read and counted\n`);
}

for (const [index, { release, entry }] of [before, now, before, now].entries()) {
  await using platform = await startPlatform(folder.path, { ...env, ...limits }, entry);
  if (index === 0) await link(platform);
  await use(platform, `${index + 1}. ${release}`);
  if (index < 3) continue;
  const { client } = platform;
  for (const line of lines) {
    const copies = await copiesOf(client, line, 1);
    const sent = texts.get(line.sessionId)!;
    for (const text of sent) if (copies.get(text) !== 1) faults.push(`${text} arrived ${copies.get(text) ?? 0} times`);
    for (const text of copies.keys()) if (!sent.has(text)) faults.push(`${text} was not sent`);
  }
  const { totals, recount, messages } = await countsOf(
    client,
    lines.map(({ sessionId }) => sessionId),
  );
  const counted = { ...recount, total: messages };
  if (JSON.stringify(totals) !== JSON.stringify(counted))
    faults.push(`counted ${JSON.stringify(totals)}, there are ${JSON.stringify(counted)}`);
  for (const projection of ['messages', 'sessions', 'campaigns'])
    process.stdout.write(`${await rebuild(projection, { check: true }, env)}\n`);
}
for (const fault of faults) process.stdout.write(`FAULT ${fault}\n`);
process.exit(faults.length === 0 ? 0 : 1);
