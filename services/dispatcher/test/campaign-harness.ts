/** A dispatcher on a real bus and database, between stand-ins of its neighbours. */
import {
  type AnyEvent,
  busHeaders,
  type CampaignView,
  type ServiceReply,
  subjects,
  userPrincipal,
} from '@wam/contracts';
import { type Clock, createSilentLogger, newUuid, type Service } from '@wam/service-kit';
import {
  connectNats,
  createPublisher,
  createRequester,
  ensureStreams,
  type NatsConnection,
} from '@wam/service-kit/nats';
import { createTestDatabase, eventually, startTestNats } from '@wam/testkit';
import { createDispatcher, loadDispatcherConfig } from '../src/index.ts';
import { schemaName } from '../src/storage/tables.ts';
import { answerAsAnalytics, answerAsAuth, type CountedQuota, recordCommands, type TestSession } from './neighbours.ts';

export interface CampaignHarness extends AsyncDisposable {
  nats: NatsConnection;
  env: Record<string, string>;
  quota: CountedQuota;
  commands: ReturnType<typeof recordCommands>;
  start(clock?: Clock): Promise<Service>;
  ask(operation: string, tenant: string, more?: object): Promise<ServiceReply>;
  askAt(subject: string, operation: string, tenant: string, more?: object): Promise<ServiceReply>;
  /** The body of an answer; a refusal is an error. */
  get<T>(operation: string, tenant: string, more?: object): Promise<T>;
  campaign(tenant: string, campaignId: string): Promise<CampaignView>;
  until(tenant: string, campaignId: string, wanted: Partial<CampaignView>): Promise<CampaignView>;
  publish(session: TestSession, domain: 'session' | 'message', type: string, data?: object): Promise<void>;
}

export async function startCampaignHarness(sessions: readonly TestSession[]): Promise<CampaignHarness> {
  const resources = new AsyncDisposableStack();
  const [bus, database] = await Promise.all([startTestNats(), createTestDatabase()]);
  resources.defer(() => bus.stop());
  resources.defer(() => database.drop());
  const nats = await connectNats({ url: bus.url, name: 'test' });
  resources.defer(() => nats.close());
  await ensureStreams(nats);
  const requester = createRequester(nats);
  resources.defer(() => requester.close());
  const publisher = createPublisher(nats);
  resources.defer(() => publisher.close());
  const quota = await answerAsAuth(nats);
  resources.defer(() => quota.stop());
  const analytics = await answerAsAnalytics(nats, sessions);
  resources.defer(() => analytics.stop());
  const commands = recordCommands(nats);
  resources.defer(() => commands.stop());
  const env = {
    WAM_KEK: Buffer.alloc(32, 7).toString('base64'),
    NATS_URL: bus.url,
    DATABASE_URL: await database.asRole(schemaName),
  };

  function askAt(subject: string, operation: string, tenant: string, more: object = {}): Promise<ServiceReply> {
    const principal = userPrincipal(tenant, 'owner@example.com', 'growth');
    const request = { operation, requestId: newUuid(), principal, params: {}, query: {}, ...more };
    return requester.request(subject, request, 20_000);
  }
  const ask = (operation: string, tenant: string, more: object = {}) =>
    askAt(subjects.request('dispatcher', operation), operation, tenant, more);
  async function get<T>(operation: string, tenant: string, more: object = {}): Promise<T> {
    const reply = await ask(operation, tenant, more);
    if (!reply.ok) throw new Error(`${operation}: ${reply.code} ${reply.message ?? ''}`);
    return reply.body as T;
  }
  const campaign = (tenant: string, campaignId: string) =>
    get<CampaignView>('getCampaign', tenant, { params: { campaignId } });
  return {
    nats,
    env,
    quota,
    commands,
    ask,
    askAt,
    get,
    campaign,
    async start(clock) {
      const dispatcher = createDispatcher(loadDispatcherConfig(env), {
        logger: createSilentLogger(),
        ...(clock && { clock }),
      });
      await dispatcher.start();
      return dispatcher;
    },
    until: (tenant, campaignId, wanted) =>
      eventually(
        async () => {
          const found = await campaign(tenant, campaignId);
          for (const [field, value] of Object.entries(wanted)) {
            const is = found[field as keyof CampaignView];
            if (is !== value) throw new Error(`${field} is ${JSON.stringify(is)}, wanted ${JSON.stringify(value)}`);
          }
          return found;
        },
        { timeoutMs: 25_000 },
      ),
    async publish({ tenant, sessionId }, domain, type, data = {}) {
      const event: AnyEvent = {
        id: newUuid(),
        type,
        v: 1,
        version: 0,
        tenant,
        at: new Date().toISOString(),
        correlationId: 'test',
        causationId: 'test',
        data: { sessionId, ...data },
      };
      await publisher.publish(subjects.event(domain, tenant, sessionId), JSON.stringify(event), {
        msgId: event.id,
        headers: { [busHeaders.type]: type },
      });
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** Distinct numbers. */
export const numbers = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, i) => String(919_000_000_000 + from + i));
