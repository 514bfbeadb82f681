/**
 * One campaign over several sessions while its dispatchers, the engine and the bus are killed at random. `npm run soak:campaign` plays it
 * large: RECIPIENTS, SESSIONS, KILLS, PER_MINUTE, CLOCK_SPEED, SEED.
 */
import { createClient } from '@wam/client';
import { describe, expect, it } from 'vitest';
import { startProcesses, type Victim } from './campaign-crashes/processes.ts';
import { until } from './platform.ts';

/** Messages that the machine must manage, in its own time; the clock of the dispatchers runs as much faster as their pace allows more. */
const setting = (name: string, usual: number): number => Number(process.env[name] ?? usual);
const size = {
  recipients: setting('RECIPIENTS', 500),
  sessions: setting('SESSIONS', 3),
  kills: setting('KILLS', 2),
  perMinute: setting('PER_MINUTE', 480),
  clockSpeed: setting('CLOCK_SPEED', 20),
};
const timeoutMs = Math.max(110_000, size.recipients * 200);
const isLarge = size.recipients > 1000;
const seed = setting('SEED', Date.now() % 1_000_000);

/** Reproducible (a linear congruential generator), so that a seed names a run. */
function randomFrom(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
const numberAt = (index: number): string => String(919_100_000_000 + index);

describe(`a campaign of ${size.recipients} over ${size.sessions} sessions, ${size.kills} kills, seed ${seed}`, () => {
  it(
    'sends to every recipient exactly once, never faster than it may, and counts what the network saw',
    async () => {
      await using processes = await startProcesses(size.clockSpeed);
      const client = createClient({ baseUrl: processes.url });
      await until(
        'the platform is ready',
        () =>
          fetch(`${processes.url}/readyz`).then(
            (r) => r.ok,
            () => false,
          ),
        60_000,
      );
      const { token, user } = await client.register({
        body: { email: 'a@example.com', password: 'securepassword123' },
      });
      client.useToken(token);
      const sessionIds: string[] = [];
      for (let i = 0; i < size.sessions; i++) {
        const { sessionId } = await client.createSession({ body: { network: 'sandbox' } });
        const { qrCode } = await client.getSessionQr({ params: { sessionId } });
        await processes.sandbox.scanQr({ qr: qrCode!, owner: user.userId });
        sessionIds.push(sessionId);
      }
      await until('the sessions are connected', async () =>
        (await client.listSessions()).sessions.every(({ status }) => status === 'connected'),
      );

      const numbers = Array.from({ length: size.recipients }, (_, i) => numberAt(i));
      const pace = { messagesPerMinute: size.perMinute, burst: 20, jitter: 0.1 };
      const { campaignId } = await client.createCampaign({ body: { message: 'Hello', sessionIds, pace } });
      await upload(processes.url, token, campaignId, numbers);
      await client.startCampaign({ params: { campaignId } });

      const random = randomFrom(seed);
      const victims: Victim[] = ['dispatcher', 'session-engine', 'nats'];
      for (let kill = 1; kill <= size.kills; kill++) {
        const share = (kill - 1 + 0.2 + 0.6 * random()) / size.kills;
        await until(
          `${Math.round(100 * share)}% are on their way`,
          async () => processes.commands.size >= share * size.recipients * 0.95,
          timeoutMs,
        );
        const victim = kill === 1 ? 'dispatcher' : victims[Math.floor(random() * victims.length)]!;
        if (isLarge) console.log(`kill ${kill}: ${victim} at ${processes.commands.size} messages`);
        await processes.kill(victim);
      }
      const campaign = await until(
        'the campaign is completed',
        async () => {
          const found = await client.getCampaign({ params: { campaignId } }).catch(() => undefined);
          // The engine may be away for longer than a session counts as connected.
          if (found?.status === 'paused')
            await client.resumeCampaign({ params: { campaignId } }).catch(() => undefined);
          return found?.status === 'completed' && found;
        },
        timeoutMs,
      );

      expect(campaign).toMatchObject({ total: size.recipients, sent: size.recipients, failed: 0, pending: 0 });
      const stanzas = processes.sandbox.ledger(user.userId);
      const ids = Map.groupBy(stanzas, ({ to }) => to.replace(/[:@].*$/, ''));
      expect(ids.size).toBe(size.recipients);
      for (const [to, of] of ids) expect(new Set(of.map(({ id }) => id)).size, to).toBe(1);
      expect(stanzas).toHaveLength(campaign.sent);
      // The log may be read a moment after the campaign's own row.
      await until('the statistics say the same', async () => {
        const { status, recipients, messages } = await client.getCampaignStats({ params: { campaignId } });
        return status === 'completed' && recipients.sent === campaign.sent && messages.sent === campaign.sent;
      });
      for (const sessionId of sessionIds) {
        const times = [...processes.commands.values()]
          .filter((command) => command.sessionId === sessionId)
          .map(({ atMs }) => atMs);
        expect(mostInAnyMinute(times), sessionId).toBeLessThanOrEqual(size.perMinute);
      }
    },
    timeoutMs + 60_000,
  );
});

function mostInAnyMinute(times: number[]): number {
  const sorted = times.sort((a, b) => a - b);
  let most = 0;
  for (let first = 0, last = 0; last < sorted.length; last++) {
    while (sorted[last]! - sorted[first]! >= 60_000) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

async function upload(url: string, token: string, campaignId: string, numbers: readonly string[]): Promise<void> {
  const response = await fetch(`${url}/api/campaigns/${campaignId}/recipients`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'text/csv' },
    body: `number\n${numbers.join('\n')}\n`,
  });
  expect(await response.json()).toMatchObject({ added: numbers.length });
}
