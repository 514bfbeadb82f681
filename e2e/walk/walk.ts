/** Takes the steps of a walk on an installation of its own, lets it come to rest, and takes account. */
import { setTimeout as sleep } from 'node:timers/promises';
import { streams } from '@wam/contracts';
import { readSubject } from '@wam/service-kit/nats';
import { createDatabase, sql } from '@wam/service-kit/postgres';
import { until } from '../platform.ts';
import { accountOfArrivals, accountOfRequests, accountOfWritings } from './accounts-of-messages.ts';
import {
  accountOfCampaigns,
  accountOfFeed,
  accountOfFigures,
  accountOfSessions,
  accountOfWebhook,
  storyOfSessions,
} from './accounts-of-views.ts';
import { startInstallation } from './installation.ts';
import { type Step, writeSteps } from './plan-walk.ts';
import { takeStep } from './take-step.ts';
import { startWalker, type Walker } from './walker.ts';

/** Longer than the deadline of a message, and than the longest pause before a connection is opened anew. */
const restTimeoutMs = 150_000;
/** Longer than a client is patient while servers are away. */
const stepTimeoutMs = 200_000;
/** Of a busy machine. */
const lagMs = 30_000;
export interface Report {
  faults: string[];
  diary: string[];
  log: string;
  counts: { steps: number; messages: number; events: number; deliveries: number; seconds: number };
}

export async function walk(steps: readonly Step[]): Promise<Report> {
  await using installation = await startInstallation({ ENGINE_QUIET_LIMIT: '5s', ENGINE_ACK_LIMIT: '5s' });
  const walker = await startWalker(installation);
  const beganAtMs = Date.now();
  const faults: string[] = [];
  try {
    const underWay: Promise<void>[] = [];
    for (const step of steps) {
      const taken = answered(step, takeStep(walker, step));
      if (step.awaited) await taken;
      else {
        // Waited for below; a rejection must not end the process before.
        taken.catch(() => undefined);
        underWay.push(taken);
        await sleep(20);
      }
    }
    await Promise.all(underWay);
    await comeToRest(walker);
  } catch (error) {
    faults.push(String(error));
  }
  faults.push(...(await lastingFaults(walker).catch((error: unknown) => [String((error as Error).stack ?? error)])));
  await walker.stopFollowing();
  return {
    faults,
    // Both begin with the time.
    diary: [...walker.diary, ...storyOfSessions(walker)].sort(),
    log: installation.log(),
    counts: {
      steps: steps.length,
      messages: walker.sends.length,
      events: walker.events.length,
      deliveries: installation.receiver.received.length,
      seconds: Math.round((Date.now() - beganAtMs) / 1_000),
    },
  };
}

/** A step that never ends is a fault like others, and told with the diary. */
async function answered(step: Step, taken: Promise<void>): Promise<void> {
  const ending = new AbortController();
  const late = sleep(stepTimeoutMs, undefined, { signal: ending.signal }).then(() => {
    throw new Error(`Not within ${stepTimeoutMs} ms: the end of ${writeSteps([step])}`);
  });
  await Promise.race([taken, late]).finally(() => ending.abort());
}

/** The world behaves again, the customer does what they would do then, and every promise that was given comes due. */
async function comeToRest(walker: Walker): Promise<void> {
  const { client, installation, webhookId } = walker;
  walker.note('-- everything works again');
  installation.sandbox.clearFaults();
  installation.receiver.answer = { status: 200, body: 'seen' };
  await installation.untilReady();
  await client.resumeWebhook({ params: { webhookId } });
  await bringAllBack(walker);
  walker.note('-- all sessions are connected');
  await until('all campaigns have ended', () => haveCampaignsEnded(walker), restTimeoutMs);
  walker.note('-- all campaigns have ended');
  await until('all messages have ended', () => haveMessagesEnded(walker), restTimeoutMs);
  walker.note('-- all messages have ended');
  await untilQuiet(walker);
  // One of the messages that had waited may have been to the number that logs its sender out.
  await bringAllBack(walker);
  await until('the webhook has everything', () => hasWebhookEverything(walker), restTimeoutMs);
}

async function bringAllBack(walker: Walker): Promise<void> {
  for (const [index, { sessionId, deleted }] of walker.sessions.entries())
    if (!deleted) await bringBack(walker, sessionId, index);
}

/** Until it is connected: a phone may have removed the device while it was away, which is found out by connecting. */
async function bringBack({ client, installation, tenant, note }: Walker, sessionId: string, index: number) {
  const params = { sessionId };
  await client.connectSession({ params });
  await until(
    `session ${index} is connected`,
    async () => {
      const { status, hasQR, reason } = await client.getSessionStatus({ params });
      if (status === 'disconnected') {
        note(`session ${index} is connected once more: ${reason}`);
        await client.connectSession({ params });
      }
      if (status === 'pending' && hasQR) {
        const { qrCode: qr } = await client.getSessionQr({ params });
        const phone = `1555000010${index}`;
        const scan = qr === null ? undefined : installation.sandbox.scanQr({ qr, phone, owner: tenant });
        const outcome = await scan?.then(() => 'scanned', String);
        note(`session ${index} is to be linked again: ${outcome ?? 'no code'}`);
      }
      return status === 'connected';
    },
    restTimeoutMs,
  );
}

async function haveCampaignsEnded({ client, campaignIds }: Walker): Promise<boolean> {
  let open = 0;
  for (const campaignId of campaignIds) {
    const { status } = await client.getCampaign({ params: { campaignId } });
    if (status === 'paused') await client.resumeCampaign({ params: { campaignId } }).catch(() => undefined);
    if (status !== 'completed' && status !== 'cancelled') open += 1;
  }
  return open === 0;
}

async function haveMessagesEnded({ client }: Walker): Promise<boolean> {
  const { data } = await client.listMessages({ query: { status: 'accepted', limit: 1 } });
  return data.length === 0;
}

/** No event for as long as a receipt takes, many times over. */
async function untilQuiet({ events }: Walker): Promise<void> {
  await until(
    'no more events come',
    async () => {
      const before = events.length;
      await sleep(1_500);
      return events.length === before;
    },
    restTimeoutMs,
  );
}

async function hasWebhookEverything({ client, webhookId, events, installation }: Walker): Promise<boolean> {
  const arrived = new Set(installation.receiver.received.map(({ headers }) => headers['webhook-id']));
  if (events.every(({ id }) => arrived.has(id))) return true;
  // The next attempt may be minutes away.
  const { data } = await client.listWebhookDeliveries({
    params: { webhookId },
    query: { status: 'pending', limit: 50 },
  });
  for (const { deliveryId, attempts } of data)
    if (attempts > 0) await client.resendWebhookDelivery({ params: { webhookId, deliveryId } }).catch(() => undefined);
  return false;
}

/** Some of it is told a moment later, such as what is given back of the day: only what stays counts. */
async function lastingFaults(walker: Walker): Promise<string[]> {
  let faults: string[] = [];
  await until(
    'nothing is left to be told',
    async () => {
      faults = await takeAccount(walker);
      return faults.length === 0;
    },
    lagMs,
  ).catch(() => undefined);
  return faults;
}

async function takeAccount(walker: Walker): Promise<string[]> {
  const { client, cursor, installation } = walker;
  const listed = async (direction: 'in' | 'out') => {
    const all = [];
    for await (const each of client.all.listMessages({ query: { direction, limit: 100 } })) all.push(each);
    return all;
  };
  const [sent, received] = [await listed('out'), await listed('in')];
  const feed = await wholeFeed(client, cursor);
  return [
    ...walker.surprises,
    ...accountOfRequests(walker, sent),
    ...accountOfArrivals(walker, sent),
    ...accountOfWritings(walker, received, feed),
    ...(await accountOfSessions(walker, sent, received)),
    ...(await accountOfFigures(walker, sent)),
    ...(await accountOfCampaigns(walker, sent)),
    ...accountOfFeed(walker, feed, sent),
    ...accountOfWebhook(walker, feed),
    ...(await accountOfStores(walker)),
    ...installation
      .complaints()
      // Servers were away, or the machine was busy: services say so, and go on.
      .filter((line) => !/trying again|yet"/.test(line) && !(walker.restarts && line.includes('command not stored')))
      .map((line) => `in a log: ${line.slice(0, 600)}`),
  ];
}

async function wholeFeed(client: Walker['client'], from: string) {
  const all = [];
  for (let after = from; ; ) {
    const { events, cursor } = await client.listEvents({ query: { after, limit: 1_000 } });
    all.push(...events);
    if (events.length === 0) return all;
    after = cursor;
  }
}

/** Nothing lies where nobody will fetch it. */
async function accountOfStores({ installation }: Walker): Promise<string[]> {
  const letters = await readSubject(installation.nc, { stream: streams.deadLetters.name, subject: 'dlq.>' });
  const db = createDatabase({ url: installation.databaseUrl, schema: 'engine', applicationName: 'walk' });
  try {
    const { rows } = await sql<{ what: string; count: number }>`
      select 'messages wait at the engine' as what, count(*) from outbound where state = 'waiting'
      union all select 'events wait at the engine', count(*) from event_outbox`.execute(db);
    return [
      ...letters.map(({ data }) => `dead letter: ${Buffer.from(data).toString().slice(0, 300)}`),
      ...rows.flatMap(({ what, count }) => (Number(count) > 0 ? [`${count} ${what}`] : [])),
    ];
  } finally {
    await db.destroy();
  }
}
