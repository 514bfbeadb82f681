/** A real NATS and a real Postgres around the service, for the suites of this folder. Auth and analytics answer what a spec says. */
import { randomBytes } from 'node:crypto';
import {
  type AnyEvent,
  busHeaders,
  internalRequests,
  messageSealPurpose,
  type Principal,
  type RejectionBody,
  type ServiceReply,
  subjects,
  userPrincipal,
} from '@wam/contracts';
import { type Clock, createSealer, createSilentLogger, newUlid, newUuid, type Service } from '@wam/service-kit';
import {
  answer,
  connectNats,
  createPublisher,
  createRequester,
  ensureStreams,
  type NatsConnection,
  refuse,
  serveRequests,
} from '@wam/service-kit/nats';
import { createDatabase, type Kysely, migrate } from '@wam/service-kit/postgres';
import { createTestDatabase, eventually, startTestNats, type TestNats } from '@wam/testkit';
import { loadWebhooksConfig } from '../config.ts';
import { createWebhooks } from '../create-webhooks.ts';
import { migrations } from '../storage/migrations.ts';
import { type WebhooksTables, webhooksSchema } from '../storage/schema.ts';

export interface Harness extends AsyncDisposable {
  nats: TestNats;
  nc: NatsConnection;
  db: Kysely<WebhooksTables>;
  env: Record<string, string>;
  /** Plan facts of an account; others have five webhooks. */
  plans: Map<string, { features: string[]; webhooks: number }>;
  publish(event: Pick<AnyEvent, 'type' | 'tenant' | 'data'> & Partial<AnyEvent>): Promise<AnyEvent>;
  /** Publishes a message that a session received; answers the event id. */
  receive(tenant: string, sessionId: string, text: string): Promise<string>;
  ask(operation: string, principal: Principal, request?: AskOptions): Promise<ServiceReply>;
  /** Body of an answer that must have succeeded. */
  call<T = Record<string, unknown>>(operation: string, principal: Principal, request?: AskOptions): Promise<T>;
  start(options?: { clock?: Clock; env?: Record<string, string> }): Promise<Service>;
}
export interface AskOptions {
  params?: Record<string, string>;
  query?: object;
  body?: unknown;
  idempotencyId?: string;
}

export const newAccount = (): Principal => userPrincipal(newUuid(), 'owner@example.com', 'business');

export async function startHarness(): Promise<Harness> {
  const [nats, database] = await Promise.all([startTestNats(), createTestDatabase()]);
  const nc = await connectNats({ url: nats.url, name: 'harness' });
  await ensureStreams(nc);
  const publisher = createPublisher(nc);
  const requester = createRequester(nc);
  const kek = randomBytes(32);
  const sealer = createSealer({ kek, purposesWithOwnKey: [messageSealPurpose] });
  const env = {
    DATABASE_URL: database.url,
    NATS_URL: nats.url,
    WAM_KEK: kek.toString('base64'),
    WEBHOOK_ALLOW: '127.0.0.1',
  };
  const db = createDatabase<WebhooksTables>({
    url: database.url,
    schema: webhooksSchema,
    applicationName: 'harness',
    max: 4,
  });
  await migrate(db, { schema: webhooksSchema, migrations });
  const plans: Harness['plans'] = new Map();
  const known = new Set<string>();
  const logger = createSilentLogger();
  const auth = serveRequests(nc, {
    from: { subject: subjects.request('auth', internalRequests.entitlements) },
    logger,
    handlers: {
      [internalRequests.entitlements]: ({ params }) =>
        answer(200, {
          plan: 'business',
          ...(plans.get(params.accountId ?? '') ?? { features: ['webhooks'], webhooks: 5 }),
        }),
    },
  });
  const analytics = serveRequests(nc, {
    from: { subject: subjects.request('analytics', internalRequests.sessionRoute) },
    logger,
    handlers: {
      [internalRequests.sessionRoute]: ({ params, principal }) =>
        known.has(`${principal?.tenant} ${params.sessionId}`)
          ? answer(200, { sessionId: params.sessionId, network: 'sandbox', pool: 'sandbox' })
          : refuse({ code: 'SESSION_NOT_FOUND' }),
    },
  });
  await auth.start();
  await analytics.start();
  const services: Service[] = [];

  const harness: Harness = {
    nats,
    nc,
    db,
    env,
    plans,
    async publish(given) {
      const id = given.id ?? `evt_${newUlid()}`;
      const event: AnyEvent = {
        v: 1,
        version: 0,
        at: new Date().toISOString(),
        correlationId: id,
        causationId: id,
        ...given,
        id,
      };
      const domain = event.type.startsWith('Message')
        ? 'message'
        : event.type.startsWith('Plan')
          ? 'account'
          : 'session';
      const { sessionId = 'none' } = event.data as { sessionId?: string };
      if (event.type === 'SessionCreated') known.add(`${event.tenant} ${sessionId}`);
      await publisher.publish(subjects.event(domain, event.tenant, sessionId), JSON.stringify(event), {
        msgId: id,
        headers: { [busHeaders.type]: event.type },
      });
      return event;
    },
    async receive(tenant, sessionId, text) {
      const messageId = `msg_${newUlid()}`;
      const context = { tenant, purpose: messageSealPurpose, id: messageId };
      const sealed = sealer
        .seal(context, JSON.stringify({ phone: '919876543210', lid: '777', text }))
        .toString('base64');
      const { id } = await harness.publish({
        type: 'MessageReceived',
        tenant,
        data: {
          ...{ sessionId, messageId, waMessageId: 'w', receivedAt: new Date().toISOString() },
          ...{ kind: 'text', offline: false, sealed },
        },
      });
      return id;
    },
    ask: (operation, principal, { params = {}, query = {}, body, idempotencyId } = {}) =>
      requester.request(
        subjects.request('webhooks', operation),
        {
          operation,
          requestId: 'r',
          principal,
          params,
          query: { ...query },
          ...(body === undefined ? {} : { body }),
          ...(idempotencyId === undefined ? {} : { idempotencyId }),
        },
        20_000,
      ),
    async call<T>(operation: string, principal: Principal, request?: AskOptions) {
      const reply = await harness.ask(operation, principal, request);
      if (!reply.ok) throw new Error(`${operation} refused: ${reply.code} ${(reply as RejectionBody).message ?? ''}`);
      return reply.body as T;
    },
    async start({ clock, env: more = {} } = {}) {
      const service = createWebhooks(loadWebhooksConfig({ ...env, ...more }), {
        logger,
        ...(clock === undefined ? {} : { clock }),
      });
      services.push(service);
      await service.start();
      await eventually(() => {
        const health = service.health();
        if (!health.ready) throw new Error(health.detail);
      });
      return service;
    },
    async [Symbol.asyncDispose]() {
      for (const service of services) await service.stop();
      await auth.stop();
      await analytics.stop();
      requester.close();
      publisher.close();
      await nc.close();
      await db.destroy();
      await nats.stop();
      await database.drop();
    },
  };
  return harness;
}
