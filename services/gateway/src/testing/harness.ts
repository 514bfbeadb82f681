/** A gateway on a real NATS. The services behind it are small real consumers that answer as the contracts say. */
import { randomUUID } from 'node:crypto';
import {
  type AccountEvent,
  type AnyCommand,
  type AnyEvent,
  busHeaders,
  internalRequests,
  type Network,
  type ServiceName,
  type ServiceReply,
  type ServiceRequest,
  streams,
  subjects,
} from '@wam/contracts';
import { createSilentLogger } from '@wam/service-kit';
import {
  answer,
  connectNats,
  consumeWorkQueue,
  createPublisher,
  ensureStreams,
  type NatsConnection,
  refuse,
  serveRequests,
} from '@wam/service-kit/nats';
import { eventually, startTestNats, type TestNats } from '@wam/testkit';
import { loadGatewayConfig } from '../config.ts';
import { createGateway, type Gateway, type GatewayDeps } from '../create-gateway.ts';
import { createTestAccounts, type TestAccounts } from './test-accounts.ts';
import { createTestIssuer, type TestIssuer } from './test-issuer.ts';

export interface Harness extends AsyncDisposable {
  nats: TestNats;
  nc: NatsConnection;
  issuer: TestIssuer;
  accounts: TestAccounts;
  gateway: Gateway;
  /** Sessions that analytics knows and their networks, by tenant. */
  sessions: Map<string, Map<string, Network>>;
  /** A session of the tenant that analytics knows. */
  addSession(tenant: string, network?: Network): string;
  commands: AnyCommand[];
  /** What the owner of sandbox sessions answers to a command; undefined is silence. */
  engine: { answer: (command: AnyCommand) => ServiceReply | undefined };
  /** What every service answers to requests, by operation; a refusal in the catalogue otherwise. */
  answers: Map<string, ServiceReply | ((request: ServiceRequest) => ServiceReply | Promise<ServiceReply>)>;
  requests: ServiceRequest[];
  /** Back to the beginning, for the next test. Sessions stay. */
  forgetScripts(): void;
  publishEvent(subject: string, event: AnyEvent): Promise<void>;
  /** As auth does after it has committed. */
  publishAccountEvent<T extends AccountEvent['type']>(
    tenant: string,
    type: T,
    data: Extract<AccountEvent, { type: T }>['data'],
  ): Promise<void>;
  startGateway(env?: Record<string, string>, deps?: Partial<GatewayDeps>): Promise<Gateway>;
}

const sandboxOwner = subjects.ownerRequestsOfPool('sandbox');

export async function startHarness(env: Record<string, string> = {}): Promise<Harness> {
  const nats = await startTestNats();
  const nc = await connectNats({ url: nats.url, name: 'harness' });
  await ensureStreams(nc, { commandsPerSubject: 3 });
  const publisher = createPublisher(nc);
  const issuer = await createTestIssuer();
  const accounts = createTestAccounts();
  const logger = createSilentLogger();
  const stack = new AsyncDisposableStack();
  stack.defer(() => nats.stop());
  stack.defer(() => nc.close());

  const sessions: Harness['sessions'] = new Map();
  const commands: AnyCommand[] = [];
  const requests: ServiceRequest[] = [];
  const answers: Harness['answers'] = new Map();
  const engine: Harness['engine'] = { answer: () => undefined };

  function forgetScripts(): void {
    answers.clear();
    engine.answer = () => undefined;
    commands.length = 0;
    requests.length = 0;
    answers.set(internalRequests.jwks, () => answer(200, { keys: issuer.publicKeys }));
    for (const [operation, reply] of Object.entries(accounts.answers)) answers.set(operation, reply);
    answers.set(internalRequests.sessionRoute, ({ principal, params }) => {
      const network = sessions.get(principal!.tenant)?.get(params.sessionId!);
      if (network === undefined) return refuse({ code: 'SESSION_NOT_FOUND' });
      return answer(200, { sessionId: params.sessionId, network, pool: network });
    });
    answers.set(internalRequests.sessionLabel, ({ principal, params }) => {
      const sessionId = params.sessionId!;
      if (!sessions.get(principal!.tenant)?.has(sessionId)) return refuse({ code: 'SESSION_NOT_FOUND' });
      return answer(200, { sessionId, name: 'Shop', metadata: { customer: sessionId.slice(0, 8) } });
    });
  }
  forgetScripts();
  const anyOperation = new Proxy(
    {} as Record<string, (request: ServiceRequest) => ServiceReply | Promise<ServiceReply>>,
    {
      getOwnPropertyDescriptor: () => ({ configurable: true, enumerable: true, value: undefined, writable: true }),
      get: () => (request: ServiceRequest) => {
        if (!(request.operation in accounts.answers)) requests.push(request);
        const scripted = answers.get(request.operation) ?? refuse({ code: 'CONFLICT' });
        return typeof scripted === 'function' ? scripted(request) : scripted;
      },
    },
  );
  const services: ServiceName[] = ['auth', 'analytics', 'dispatcher', 'webhooks', 'sandbox'];
  for (const from of [...services.map((service) => ({ service })), { subject: sandboxOwner }]) {
    const serving = serveRequests(nc, { from, handlers: anyOperation, logger });
    await serving.start();
    stack.defer(() => serving.stop());
  }
  const consumption = await consumeWorkQueue(nc, {
    stream: streams.commands.name,
    durable: 'harness',
    filter: subjects.commandsOfPool('sandbox'),
    logger,
    onMessage: (item) => {
      const command = JSON.parse(Buffer.from(item.data).toString()) as AnyCommand;
      commands.push(command);
      const reply = engine.answer(command);
      const inbox = item.headers[busHeaders.replyInbox];
      if (reply !== undefined && inbox !== undefined) nc.publish(inbox, JSON.stringify(reply));
      void item.ack();
    },
  });
  stack.defer(() => consumption.stop());

  async function publishEvent(subject: string, event: AnyEvent): Promise<void> {
    const { sessionId } = event.data as { sessionId?: string };
    const network = sessions.get(event.tenant)?.get(sessionId ?? '');
    const headers = network === undefined ? {} : { [busHeaders.network]: network };
    await publisher.publish(subject, JSON.stringify(event), { msgId: event.id, headers });
  }
  async function startGateway(more: Record<string, string> = {}, deps: Partial<GatewayDeps> = {}): Promise<Gateway> {
    const config = loadGatewayConfig({
      PORT: '0',
      NATS_URL: nats.url,
      // Out of the way of every suite that is about something else.
      RATE_LIMIT_GENERAL: '1000000/1h',
      RATE_LIMIT_AUTH: '1000000/1h',
      RATE_LIMIT_AUTH_FAILURES: '1000000/1h',
      ...env,
      ...more,
    });
    const gateway = createGateway(config, { logger, ...deps });
    await gateway.start();
    stack.defer(() => gateway.stop());
    await eventually(() => {
      if (!gateway.health().ready) throw new Error(gateway.health().detail);
    });
    return gateway;
  }
  return {
    nats,
    nc,
    issuer,
    accounts,
    gateway: await startGateway(),
    sessions,
    addSession(tenant, network = 'sandbox') {
      const sessionId = randomUUID();
      sessions.set(tenant, (sessions.get(tenant) ?? new Map()).set(sessionId, network));
      return sessionId;
    },
    commands,
    engine,
    answers,
    requests,
    forgetScripts,
    publishEvent,
    publishAccountEvent: (tenant, type, data) =>
      publishEvent(subjects.event('account', tenant, tenant), {
        id: randomUUID(),
        type,
        v: 1,
        version: 1,
        tenant,
        at: new Date().toISOString(),
        correlationId: 'c',
        causationId: 'c',
        data,
      }),
    startGateway,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
