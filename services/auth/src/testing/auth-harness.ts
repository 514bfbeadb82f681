/** A real auth on a real Postgres and NATS, asked as gateways ask it, on a clock that can be moved. */
import { randomBytes, randomUUID } from 'node:crypto';
import {
  type AccountEvent,
  type ServiceReply,
  type ServiceRequest,
  streams,
  subjects,
  userPrincipal,
} from '@wam/contracts';
import { type Clock, createSilentLogger, newUlid, type Service, systemClock } from '@wam/service-kit';
import {
  connectNats,
  createPublisher,
  createRequester,
  ensureStreams,
  type NatsConnection,
  readSubject,
} from '@wam/service-kit/nats';
import { createDatabase, type Kysely } from '@wam/service-kit/postgres';
import { createTestDatabase, startTestNats } from '@wam/testkit';
import { createAuth, loadAuthConfig } from '../index.ts';
import type { AuthTables } from '../storage/schema.ts';

export const password = 'securepassword123';

export interface TestAccount {
  id: string;
  email: string;
  token: string;
  refreshToken: string;
}
export interface AskOptions {
  /** Who asks; nobody by default. */
  by?: TestAccount;
  requestId?: string;
  params?: Record<string, string>;
  query?: Record<string, unknown>;
  idempotencyId?: string;
  /** Of the access token; the gateway says it. */
  generation?: number;
}
export interface AuthHarness extends AsyncDisposable {
  readonly nc: NatsConnection;
  readonly db: Kysely<AuthTables>;
  /** As auth connects. */
  readonly databaseUrl: string;
  ask(operation: string, body?: unknown, options?: AskOptions): Promise<ServiceReply>;
  /** The body of a good reply. */
  get<Body>(operation: string, body?: unknown, options?: AskOptions): Promise<Body>;
  register(plan?: string): Promise<TestAccount>;
  /** Another process beside the one that runs, ended with the harness. */
  startAnother(env?: Record<string, string>): Promise<Service>;
  /** Stops every process and starts one. */
  restart(env?: Record<string, string>): Promise<void>;
  /** Moves the clock of all processes, forwards only. */
  passTime(ms: number): void;
  setTime(at: string): void;
  nowMs(): number;
  eventsOf(account: TestAccount): Promise<AccountEvent[]>;
  /** As the session engine does: stores an event of a session. */
  sessionEvent(
    type: 'SessionCreated' | 'SessionDeleted',
    by: TestAccount,
    sessionId: string,
    more?: object,
  ): Promise<void>;
  /** As the session engine does, too. */
  messageFailed(by: TestAccount, messageId: string, data: { code: string; countedOn?: string }): Promise<void>;
}

export async function startAuthHarness(env: Record<string, string> = {}): Promise<AuthHarness> {
  const resources = new AsyncDisposableStack();
  const [nats, database] = await Promise.all([startTestNats(), createTestDatabase()]);
  resources.defer(() => database.drop());
  resources.defer(() => nats.stop());
  const nc = await connectNats({ url: nats.url, name: 'spec' });
  resources.defer(() => nc.close());
  await ensureStreams(nc);
  const requester = createRequester(nc);
  const publisher = createPublisher(nc);
  resources.defer(() => publisher.close());
  const db = createDatabase<AuthTables>({ url: database.url, schema: 'auth', applicationName: 'spec' });
  resources.defer(() => db.destroy());

  let aheadMs = 0;
  const clock: Clock = {
    ...systemClock,
    now: () => systemClock.now() + aheadMs,
    monotonicMs: () => systemClock.monotonicMs() + aheadMs,
  };
  // As in an installation: row-level security binds what is done for a request.
  const databaseUrl = await database.asRole('auth');
  const settings = {
    NATS_URL: nats.url,
    DATABASE_URL: databaseUrl,
    WAM_KEK: randomBytes(32).toString('base64'),
    ...env,
  };
  let processes: Service[] = [];
  const stopAll = async (): Promise<void> => {
    const running = processes;
    processes = [];
    await Promise.all(running.map((each) => each.stop()));
  };
  resources.defer(stopAll);

  const harness: AuthHarness = {
    nc,
    db,
    databaseUrl,
    ask: (
      operation,
      body,
      { by, requestId = `req_${newUlid()}`, params = {}, query = {}, idempotencyId, generation } = {},
    ) =>
      requester.request(
        subjects.request('auth', operation),
        {
          operation,
          requestId,
          ...(by === undefined ? {} : { principal: userPrincipal(by.id, by.email, 'trial') }),
          params,
          query,
          body,
          ...(idempotencyId === undefined ? {} : { idempotencyId }),
          generation,
        } satisfies ServiceRequest,
        20_000,
      ),
    async get<Body>(operation: string, body?: unknown, options?: AskOptions) {
      const reply = await harness.ask(operation, body, options);
      if (!reply.ok) throw new Error(`${operation}: ${reply.code} ${reply.message ?? ''}`);
      return reply.body as Body;
    },
    async register(plan) {
      const email = `user-${randomUUID()}@example.com`;
      const { token, refreshToken, user } = await harness.get<{
        token: string;
        refreshToken: string;
        user: { userId: string };
      }>('register', { email, password });
      if (plan !== undefined) await harness.get('setPlan', { accountId: user.userId, plan });
      return { id: user.userId, email, token, refreshToken };
    },
    async startAnother(more = {}) {
      const service = createAuth(loadAuthConfig({ ...settings, ...more }), { logger: createSilentLogger(), clock });
      processes.push(service);
      await service.start();
      return service;
    },
    async restart(more) {
      await stopAll();
      await harness.startAnother(more);
    },
    passTime(ms) {
      aheadMs += ms;
    },
    setTime(at) {
      aheadMs += Date.parse(at) - clock.now();
    },
    nowMs: () => clock.now(),
    async eventsOf({ id }) {
      const stored = await readSubject(nc, { stream: streams.events.name, subject: subjects.event('account', id, id) });
      return stored.map(({ data }) => JSON.parse(Buffer.from(data).toString()) as AccountEvent);
    },
    async sessionEvent(type, by, sessionId, more = {}) {
      const id = newUlid();
      const created = { name: 'Shop', description: '', network: 'sandbox' };
      const event = {
        id,
        type,
        v: 1,
        version: 1,
        tenant: by.id,
        at: new Date(clock.now()).toISOString(),
        correlationId: `req_of_${id}`,
        causationId: `cmd_${id}`,
        data: { sessionId, ...(type === 'SessionCreated' ? created : {}) },
        ...more,
      };
      await publisher.publish(subjects.event('session', by.id, sessionId), JSON.stringify(event), { msgId: id });
    },
    async messageFailed(by, messageId, data) {
      const event = {
        id: `failed-${messageId}`,
        type: 'MessageFailed',
        v: 1,
        version: 0,
        tenant: by.id,
        at: new Date(clock.now()).toISOString(),
        correlationId: `req_of_${messageId}`,
        causationId: messageId,
        data: { sessionId: by.id, messageId, ...data },
      };
      // Not under its own id: the bus, too, forgets after two minutes what it has seen.
      await publisher.publish(subjects.event('message', by.id, by.id), JSON.stringify(event), { msgId: newUlid() });
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
  try {
    await harness.startAnother();
  } catch (error) {
    await resources.disposeAsync();
    throw error;
  }
  return harness;
}
