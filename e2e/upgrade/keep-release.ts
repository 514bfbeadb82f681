/**
 * Keeps an installation of a release as later ones find it: run it in a checkout of that release, `node keep-release.ts <folder>`, and commit the
 * folder under `e2e/upgrade/releases`. What it holds is small: one account, one session, some messages, a campaign, a webhook, an API key.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startPlatform, temporaryFolder, until } from '../platform.ts';
import type { KeptRelease } from './kept-release.ts';

const [target] = process.argv.slice(2);
if (target === undefined) throw new Error('name a folder');
const kek = Buffer.alloc(32, 7).toString('base64');
const recipients = ['919812345601', '919812345602', '919812345603'];

await using folder = await temporaryFolder();
const env = { WAM_KEK: kek, WEBHOOK_ALLOW: '127.0.0.1' };
const platform = await startPlatform(folder.path, env);
const { client, ready } = platform;
const { sessionId } = ready;
// Nobody listens there: its deliveries wait.
await client.createWebhook({ body: { url: 'http://127.0.0.1:9/', eventTypes: ['message.status'] } });
const { key } = await client.createApiKey({ body: { name: 'kept', scopes: ['read'] } });
for (const to of recipients) await client.sendMessage({ params: { sessionId }, body: { to, message: `to ${to}` } });
await client.bulkSend({ body: { sessionId, contacts: recipients, message: 'to all' } });
await client.simulateIncomingMessage({ body: { from: recipients[0]!, to: ready.phone, message: 'a reply' } });
const totals = await until('all are read', async () => {
  const stats = await client.getMessageStats();
  return stats.totals.read === 6 && stats.totals;
});
const received = async () => (await client.getSession({ params: { sessionId } })).messagesReceived === 1;
await until('the reply is there', received);
const messages: KeptRelease['messages'] = [];
for await (const { messageId, to, text, status, timeline } of client.all.listMessages({}))
  messages.push({ messageId, to, text, status, timeline });

mkdirSync(target, { recursive: true });
const main = join(import.meta.dirname, '../../apps/wam/src/main.ts');
const settings = { ...process.env, ...env, WAM_DATA_DIR: folder.path };
execFileSync(process.execPath, [main, 'backup', join(target, 'backup')], { env: settings });
await platform.stop();
cpSync(join(folder.path, 'sandbox'), join(target, 'sandbox'), { recursive: true });
cpSync(join(folder.path, 'first-account.json'), join(target, 'first-account.json'));
const kept: KeptRelease = { kek, key, sessionId, totals, messages };
writeFileSync(join(target, 'kept.json'), `${JSON.stringify(kept, null, 2)}\n`);
