/** A real NATS and a real Postgres around the service, for the suites of this folder. */
import { randomBytes } from 'node:crypto';
import {
  type AnyEvent,
  busHeaders,
  type MessageEvent,
  messageSealPurpose,
  type ServiceReply,
  subjects,
  userPrincipal,
} from '@wam/contracts';
import { createSealer, createSilentLogger, type Sealer, type Service } from '@wam/service-kit';
import {
  connectNats,
  createPublisher,
  createRequester,
  ensureStreams,
  type NatsConnection,
} from '@wam/service-kit/nats';
import { createDatabase, type Kysely, migrate } from '@wam/service-kit/postgres';
import { createTestDatabase, eventually, startTestNats, type TestNats } from '@wam/testkit';
import { type AnalyticsConfig, loadAnalyticsConfig } from '../config.ts';
import { createAnalytics } from '../create-analytics.ts';
import { type AnalyticsTables, schemaName } from '../database.ts';
import { migrations } from '../migrations.ts';
import { privateOf } from './histories.ts';

export interface Harness extends AsyncDisposable {
  nats: TestNats;
  nc: NatsConnection;
  db: Kysely<AnalyticsTables>;
  /** See `TestDatabase`. */
  asRole(schema: string): Promise<string>;
  sealer: Sealer;
  env: Record<string, string>;
  config: AnalyticsConfig;
  /** Stored when it resolves; answers the stream sequence. Sealed parts are sealed as the engine does it. */
  publish(event: AnyEvent): Promise<number>;
  publishAll(events: readonly AnyEvent[]): Promise<void>;
  ask(
    operation: string,
    tenant: string,
    request?: { params?: Record<string, string>; query?: object; body?: unknown },
  ): Promise<ServiceReply>;
  /** Started and ready; stopped with the harness. */
  start(overrides?: Record<string, string>): Promise<Service>;
  /** The same tables, empty, in another schema of the same database. */
  tablesBeside(schema: string): Promise<Kysely<AnalyticsTables>>;
}

export const subjectOf = (event: AnyEvent): string => {
  const { sessionId = 'none', campaignId } = event.data as { sessionId?: string; campaignId?: string };
  if (/^(Campaign|Recipients)/.test(event.type)) return subjects.event('campaign', event.tenant, campaignId ?? 'none');
  return subjects.event(event.type.startsWith('Message') ? 'message' : 'session', event.tenant, sessionId);
};

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
    // Specs on what is answered are not about a machine that stands still for two seconds.
    ANALYTICS_READ_WAIT: '4s',
  };
  const config = loadAnalyticsConfig(env);
  const open = (schema: string) =>
    createDatabase<AnalyticsTables>({ url: database.url, schema, applicationName: 'harness', max: 4 });
  const db = open(schemaName);
  await migrate(db, { schema: schemaName, migrations });
  const opened = [db];
  const services: Service[] = [];

  function sealed(event: AnyEvent): AnyEvent {
    const data = event.data as Partial<MessageEvent['data']> & { sealed?: string };
    if (data.sealed === undefined || data.messageId === undefined) return event;
    const context = { tenant: event.tenant, purpose: 'message', id: data.messageId };
    const text = JSON.stringify(privateOf(data.messageId));
    return { ...event, data: { ...data, sealed: sealer.seal(context, text).toString('base64') } };
  }
  async function publish(event: AnyEvent): Promise<number> {
    const ack = await publisher.publish(subjectOf(event), JSON.stringify(sealed(event)), {
      msgId: event.id,
      headers: { [busHeaders.type]: event.type },
    });
    return ack.seq;
  }

  return {
    nats,
    nc,
    db,
    asRole: database.asRole,
    sealer,
    env,
    config,
    publish,
    async publishAll(events) {
      // In order on one connection; acknowledgements are awaited together.
      for (let i = 0; i < events.length; i += 500) await Promise.all(events.slice(i, i + 500).map(publish));
    },
    ask: (operation, tenant, { params = {}, query = {}, body } = {}) =>
      requester.request(
        subjects.request('analytics', operation),
        {
          operation,
          requestId: 'r',
          principal: userPrincipal(tenant, 'a@example.com', 'trial'),
          params,
          query: { ...query },
          body,
        },
        5_000,
      ),
    async start(overrides = {}) {
      const service = createAnalytics(loadAnalyticsConfig({ ...env, ...overrides }), { logger: createSilentLogger() });
      services.push(service);
      await service.start();
      await eventually(
        () => {
          const health = service.health();
          if (!health.ready) throw new Error(health.detail);
        },
        { timeoutMs: 20_000 },
      );
      return service;
    },
    async tablesBeside(schema) {
      const beside = open(schema);
      opened.push(beside);
      await migrate(beside, { schema, migrations });
      return beside;
    },
    async [Symbol.asyncDispose]() {
      for (const service of services) await service.stop();
      requester.close();
      publisher.close();
      await nc.close();
      for (const each of opened) await each.destroy();
      await nats.stop();
      await database.drop();
    },
  };
}

/** Body of an answer that must have succeeded. */
export function bodyOf<T>(reply: ServiceReply): T {
  if (!reply.ok) throw new Error(`refused: ${reply.code} ${reply.message ?? ''}`);
  return reply.body as T;
}
