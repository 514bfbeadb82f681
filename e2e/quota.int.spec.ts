/**
 * The daily quota over two processes of auth and two gateways, on a real NATS and Postgres. What is stored on the bus is counted apart, so that
 * three figures must agree: what callers were told, what the account has used, and what lies in the stream. Nobody consumes the commands.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createAuth, loadAuthConfig } from '@wam/auth';
import { defaultPartitionCount, type ServiceReply, sessionAddress, streams, subjects } from '@wam/contracts';
import { createGateway, type Gateway, loadGatewayConfig } from '@wam/gateway';
import { type Clock, createSilentLogger, newUlid, type Service, systemClock } from '@wam/service-kit';
import { answer, createRequester, type NatsConnection, serveRequests } from '@wam/service-kit/nats';
import { eventually, findFreePort } from '@wam/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startBusAndDatabase } from './bus-and-database.ts';

const plan = (messagesPerDay: number) => ({ name: 'P', pricePerMonth: 0, sessions: 9, messagesPerDay, features: [] });
const plans = { small: plan(60), middle: plan(1_700), large: plan(1_000_000) };

const resources = new AsyncDisposableStack();
const logger = createSilentLogger();
let nc: NatsConnection;
let env: Record<string, string>;
let auths: Service[] = [];
let gateways: [Gateway, Gateway];
let aheadMs = 0;
const clock: Clock = { ...systemClock, now: () => systemClock.now() + aheadMs };

async function startAuths(): Promise<void> {
  auths = [1, 2].map(() => createAuth(loadAuthConfig(env), { logger, clock }));
  for (const auth of auths) await auth.start();
}
async function stopAuths(): Promise<void> {
  await Promise.all(auths.map((auth) => auth.stop()));
}
async function stopGateways(): Promise<void> {
  await Promise.all(gateways.map((gateway) => gateway.stop()));
}
async function startGateway(): Promise<Gateway> {
  const gateway = createGateway(loadGatewayConfig(env), { logger, clock });
  await gateway.start();
  await eventually(() => expect(gateway.health().ready).toBe(true));
  return gateway;
}

beforeAll(async () => {
  const servers = await startBusAndDatabase(resources);
  nc = servers.nc;
  env = { ...servers.env, PLANS: JSON.stringify(plans), DEFAULT_PLAN: 'small' };
  await startAuths();
  resources.defer(stopAuths);
  const sessions = serveRequests(nc, {
    from: { service: 'analytics' },
    handlers: {
      sessionRoute: ({ params: { sessionId } }) => answer(200, { sessionId, network: 'sandbox', pool: 'sandbox' }),
    },
    logger,
  });
  await sessions.start();
  resources.defer(() => sessions.stop());
  gateways = [await startGateway(), await startGateway()];
  resources.defer(stopGateways);
});
afterAll(() => resources.disposeAsync());

let token: string;
let tenant: string;
let sessionId: string;
beforeEach(async () => {
  sessionId = randomUUID();
  const credentials = { email: `${randomUUID()}@example.com`, password: 'securepassword123' };
  const { body } = await post('/api/register', credentials, { authorization: '' });
  ({ token } = body);
  tenant = body.user.userId;
});

interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: specs read what they expect to be there
  body: any;
}
interface Call extends Record<string, unknown> {
  at?: string;
  authorization?: string;
  key?: string;
}
async function post(path: string, body: unknown, { at, authorization, key }: Call = {}): Promise<Answer> {
  const response = await fetch((at ?? gateways[0].address) + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      prefer: 'respond-async',
      authorization: authorization ?? `Bearer ${token}`,
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}
const message = { to: '919876543210', message: 'hi' };
const send = (call: Call = {}, session = sessionId) => post(`/api/sessions/${session}/send`, message, call);
const sendBatch = (count: number, call: Call = {}, session = sessionId) =>
  post(`/api/sessions/${session}/messages/batch`, { messages: Array(count).fill(message) }, call);
const either = (n: number): Call => ({ at: gateways[n % 2]!.address });

const requestAuth = async (operation: string, body: object): Promise<ServiceReply> => {
  const requester = createRequester(nc);
  try {
    const request = { operation, requestId: `req_${newUlid()}`, params: {}, query: {}, body };
    return await requester.request(subjects.request('auth', operation), request, 10_000);
  } finally {
    requester.close();
  }
};
const setPlan = (name: keyof typeof plans) => requestAuth('setPlan', { accountId: tenant, plan: name });
async function used(): Promise<number> {
  const me = await fetch(`${gateways[0].address}/api/me`, { headers: { authorization: `Bearer ${token}` } });
  return ((await me.json()) as { usage: { messagesToday: number } }).usage.messagesToday;
}
/** The stream is a work queue, which is not read but counted. */
async function stored(...sessions: string[]): Promise<number> {
  const subjectOf = (id: string) =>
    subjects.command(sessionAddress({ pool: 'sandbox', tenant, sessionId: id }, defaultPartitionCount));
  const filter = JSON.stringify({ subjects_filter: `cmd.sandbox.*.${tenant}.*` });
  const info = await nc.request(`$JS.API.STREAM.INFO.${streams.commands.name}`, filter);
  const { state } = info.json<{ state: { subjects?: Record<string, number> } }>();
  return sessions.reduce((sum, id) => sum + (state.subjects?.[subjectOf(id)] ?? 0), 0);
}
const acceptedOf = (answers: readonly Answer[]) =>
  answers.reduce((sum, { status, body }) => sum + (status === 202 ? (body.accepted ?? 1) : 0), 0);

describe('of the messages of a day', () => {
  test('singles and batches through two gateways get exactly all there are', async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, n) => (n % 10 === 0 ? sendBatch(1 + (n % 7), either(n)) : send(either(n)))),
    );
    expect(acceptedOf(answers)).toBe(60);
    expect([await used(), await stored(sessionId)]).toEqual([60, 60]);
    for (const { status, body } of answers)
      if (status !== 202) expect([status, body.code, body.details.limit]).toEqual([429, 'DAILY_LIMIT_REACHED', 60]);
  });

  test('a batch that does not fit as a whole takes none', async () => {
    expect((await sendBatch(61)).status).toBe(429);
    expect([await used(), await stored(sessionId)]).toEqual([0, 0]);
    expect((await sendBatch(60)).status).toBe(202);
  });

  test('what is refused takes none: invalid rows, another session, a full queue', async () => {
    await setPlan('large');
    const invalid = { messages: [message, { ...message, to: 'nobody' }] };
    expect((await post(`/api/sessions/${sessionId}/messages/batch`, invalid)).status).toBe(400);
    expect((await post('/api/sessions/not-an-id/send', message)).status).toBe(400);
    // The queue of a session takes 1,000.
    const filled = [await sendBatch(500), await sendBatch(490, either(1))];
    const over = await Promise.all(Array.from({ length: 40 }, (_, n) => (n % 4 ? send(either(n)) : sendBatch(3))));
    expect(acceptedOf([...filled, ...over])).toBe(1_000);
    await eventually(async () => expect(await used()).toBe(1_000));
    expect(await stored(sessionId)).toBe(1_000);
  });

  test('floods of singles beside large batches, through two gateways, get exactly all there are', async () => {
    await setPlan('middle');
    const other = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 600 }, (_, n) => send(either(n), n % 2 ? sessionId : other)),
    );
    expect(acceptedOf(answers)).toBe(600);
    await eventually(async () => expect(await used()).toBe(600));
    // Floods at one gateway while the other takes the rest in large pieces.
    const rest = await Promise.all([
      ...Array.from({ length: 300 }, () => send(either(0))),
      sendBatch(400, either(1), other),
      sendBatch(200, either(1), other),
      ...Array.from({ length: 300 }, () => send(either(0), other)),
    ]);
    const late = await Promise.all(Array.from({ length: 600 }, (_, n) => send(either(n), randomUUID())));
    expect(acceptedOf([...answers, ...rest, ...late])).toBe(1_700);
    expect(await used()).toBe(1_700);
  });

  test('a restart of everything forgets none and gives none again', async () => {
    expect(acceptedOf(await Promise.all(Array.from({ length: 40 }, (_, n) => send(either(n)))))).toBe(40);
    await stopGateways();
    await stopAuths();
    await startAuths();
    gateways = [await startGateway(), await startGateway()];
    expect(acceptedOf(await Promise.all(Array.from({ length: 40 }, (_, n) => send(either(n)))))).toBe(20);
    expect([await used(), await stored(sessionId)]).toEqual([60, 60]);
  });

  test('a repeat under its Idempotency-Key takes none, through another gateway neither', async () => {
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => sendBatch(25, { ...either(n), key })));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(202));
    expect([await used(), await stored(sessionId)]).toEqual([25, 25]);
  });

  test('a new day has all of them again, at midnight of the account', async () => {
    expect((await sendBatch(60)).status).toBe(202);
    const { status, body } = await send();
    expect(status).toBe(429);
    aheadMs += Date.parse(body.details.resetsAt) - clock.now();
    // Tokens of the day before are over.
    const { body: again } = await post('/api/register', {
      email: `${randomUUID()}@example.com`,
      password: 'securepassword123',
    });
    expect(again.token).toBeDefined();
    const reply = await requestAuth('reserveMessages', { tenant, count: 60 });
    expect(reply).toMatchObject({ ok: true, body: { used: 60 } });
    expect(await requestAuth('reserveMessages', { tenant, count: 1 })).toMatchObject({ code: 'DAILY_LIMIT_REACHED' });
  });
});

describe('a gateway that is killed in a flood', () => {
  const entry = fileURLToPath(new URL('../apps/wam/src/main.ts', import.meta.url));
  async function startGatewayProcess(): Promise<{ at: string; process: ChildProcess }> {
    const port = await findFreePort();
    const child = spawn(process.execPath, [entry, 'start', '--target=gateway'], {
      stdio: 'ignore',
      env: { ...process.env, ...env, PORT: String(port), LOG_LEVEL: 'fatal' },
    });
    resources.defer(() => void child.kill('SIGKILL'));
    const at = `http://127.0.0.1:${port}`;
    await eventually(async () => expect((await fetch(`${at}/readyz`)).ok).toBe(true), { timeoutMs: 30_000 });
    return { at, process: child };
  }

  test('never leaves more on the bus than is counted, and at most what was under way counted too many', async () => {
    await setPlan('large');
    const { at, process: gateway } = await startGatewayProcess();
    const sessions = Array.from({ length: 4 }, () => randomUUID());
    const exited = once(gateway, 'exit');
    let told = 0;
    const connections = 32;
    const flood = Array.from({ length: connections }, async (_, n) => {
      for (;;) {
        const sent = await send({ at }, sessions[n % sessions.length]).catch(() => undefined);
        if (sent === undefined) return;
        told += acceptedOf([sent]);
        if (told === 400) gateway.kill('SIGKILL');
      }
    });
    await Promise.all([...flood, exited]);
    const lies = await stored(...sessions);
    expect(lies).toBeGreaterThanOrEqual(told);
    const tooMany = (await used()) - lies;
    expect(tooMany).toBeGreaterThanOrEqual(0);
    expect(tooMany).toBeLessThanOrEqual(connections);
  });
});
