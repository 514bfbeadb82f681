/**
 * What one account's large campaign does to another account: its single sends and its bulk sends of one contact, timed alone and then
 * while the campaign runs. Environment: QUEUED recipients of the campaign (200,000), CALLS of each kind (100), PER_MINUTE messages of each of
 * the campaign's three sessions (60).
 */
import { type Client, createClient } from '@wam/client';
import { startChild } from '../child-calls.ts';
import { startPlatformProcesses, untilReady } from '../platform-processes.ts';
import { quantile } from '../statistics.ts';

const queued = Number(process.env.QUEUED ?? 200_000);
const calls = Number(process.env.CALLS ?? 100);
const perMinute = Number(process.env.PER_MINUTE ?? 60);

await using sandbox = startChild(new URL('../send/sandbox.ts', import.meta.url));
await using platform = await startPlatformProcesses();
const network = await sandbox.call<{ url: string; noiseRoot: string }>('start', {
  dataDir: `${platform.folder}/sandbox`,
});
for (const target of ['auth', 'analytics', 'gateway', 'dispatcher']) platform.start(target);
platform.start('session-engine', {
  WAM_NETWORK: 'sandbox',
  WHATSAPP_URL: network.url,
  WHATSAPP_NOISE_ROOT: network.noiseRoot,
});
await untilReady(platform.url);

async function account(
  email: string,
  sessions: number,
): Promise<{ client: Client; token: string; sessionIds: string[] }> {
  const client = createClient({ baseUrl: platform.url });
  const { token, user } = await client.register({ body: { email, password: 'securepassword123' } });
  client.useToken(token);
  const sessionIds: string[] = [];
  for (let i = 0; i < sessions; i++) {
    const { sessionId } = await client.createSession({ body: { network: 'sandbox' } });
    const { qrCode } = await client.getSessionQr({ params: { sessionId } });
    await sandbox.call('scan', { qr: qrCode, owner: user.userId });
    while ((await client.getSessionStatus({ params: { sessionId } })).status !== 'connected')
      await new Promise((resolve) => setTimeout(resolve, 100));
    sessionIds.push(sessionId);
  }
  return { client, token, sessionIds };
}

const large = await account('large@example.com', 3);
const small = await account('small@example.com', 1);
const params = { sessionId: small.sessionIds[0]! };
const to = '919870000001';

interface Figures {
  single: number[];
  bulk: number[];
}
async function measure(): Promise<Figures> {
  const figures: Figures = { single: [], bulk: [] };
  for (let i = 0; i < calls; i++) {
    for (const [kind, call] of [
      ['single', () => small.client.sendMessage({ params, body: { to, message: `Hello ${i}` } })],
      ['bulk', () => small.client.bulkSend({ body: { contacts: [to], message: `Hello ${i}`, delay: 0 } })],
    ] as const) {
      const startedAt = performance.now();
      await call();
      figures[kind].push(performance.now() - startedAt);
    }
  }
  return figures;
}

await measure(); // The first messages establish the encryption.
const alone = await measure();

const { campaignId } = await large.client.createCampaign({
  body: { message: 'Sale', sessionIds: large.sessionIds, pace: { messagesPerMinute: perMinute, jitter: 0 } },
});
const uploadedAt = performance.now();
const file = `number\n${Array.from({ length: queued }, (_, i) => 919_200_000_000 + i).join('\n')}\n`;
const answered = await fetch(`${platform.url}/api/campaigns/${campaignId}/recipients`, {
  method: 'POST',
  headers: { authorization: `Bearer ${large.token}`, 'content-type': 'text/csv' },
  body: file,
});
const { added } = (await answered.json()) as { added: number };
const uploadMs = performance.now() - uploadedAt;
await large.client.startCampaign({ params: { campaignId } });
while ((await large.client.getCampaign({ params: { campaignId } })).sent < 5)
  await new Promise((resolve) => setTimeout(resolve, 100));
const beside = await measure();
const { sent } = await large.client.getCampaign({ params: { campaignId } });

const round = (ms: number): number => Math.round(ms * 10) / 10;
const row = (kind: keyof Figures) => {
  const p99 = { alone: quantile(alone[kind], 0.99), beside: quantile(beside[kind], 0.99) };
  return {
    'p50 alone ms': round(quantile(alone[kind], 0.5)),
    'p50 beside ms': round(quantile(beside[kind], 0.5)),
    'p99 alone ms': round(p99.alone),
    'p99 beside ms': round(p99.beside),
    'p99 ratio': round(p99.beside / p99.alone),
  };
};
console.log(`${added} recipients uploaded in ${Math.round(uploadMs / 1000)} s; ${sent} sent while measuring`);
console.table({ 'single send': row('single'), 'bulk send of one': row('bulk') });
process.exitCode = 0;
