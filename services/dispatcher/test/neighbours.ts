/** Stand-ins for the services the dispatcher talks to, on a real bus: analytics answers requests, an engine answers commands. */
import {
  type AnyEvent,
  busHeaders,
  defaultPartitionCount,
  type HeldMessages,
  type HiddenContacts,
  type HoldMessages,
  internalRequests,
  type MessageCommand,
  type ReservedMessages,
  type ReserveMessages,
  type ServiceRequest,
  type SessionStatus,
  sessionAddress,
  streams,
  subjects,
} from '@wam/contracts';
import { createSilentLogger, newUuid } from '@wam/service-kit';
import {
  answer,
  countBySubject,
  createPublisher,
  type NatsConnection,
  readSubject,
  refuse,
  serveRequests,
} from '@wam/service-kit/nats';

export interface TestSession {
  tenant: string;
  sessionId: string;
  status: SessionStatus;
  restrictedUntil?: string;
}

const createdAt = '2026-01-01T00:00:00.000Z';
const isOf = (session: TestSession, { principal }: ServiceRequest): boolean => session.tenant === principal?.tenant;

/** Analytics as far as a bulk send asks it. */
export async function answerAsAnalytics(nats: NatsConnection, sessions: readonly TestSession[]) {
  const named = (request: ServiceRequest) =>
    sessions.find((session) => isOf(session, request) && session.sessionId === request.params.sessionId);
  const service = serveRequests(nats, {
    from: { service: 'analytics' },
    logger: createSilentLogger(),
    handlers: {
      sessionRoute: (request) => {
        const session = named(request);
        if (session === undefined) return refuse({ code: 'SESSION_NOT_FOUND' });
        return answer(200, { sessionId: session.sessionId, network: 'sandbox', pool: 'sandbox' });
      },
      getSession: (request) => {
        const session = named(request);
        if (session === undefined) return refuse({ code: 'SESSION_NOT_FOUND' });
        const { sessionId, status, restrictedUntil: until } = session;
        const restriction = until === undefined ? null : { since: createdAt, until, reason: 'As the test wants it' };
        return answer(200, { sessionId, status, createdAt, network: 'sandbox', restriction });
      },
      defaultSession: (request) => {
        const session = sessions.find((each) => isOf(each, request) && each.status === 'connected');
        return session === undefined
          ? refuse({ code: 'SESSION_NOT_CONNECTED' })
          : answer(200, { sessionId: session.sessionId });
      },
    },
  });
  await service.start();
  return service;
}

export interface CountedQuota {
  /** Messages a day by tenant; without an entry there is no end to them. */
  limits: Map<string, number>;
  used: Map<string, number>;
  /** So many of the next answers do not arrive, though what was asked is carried out. */
  answersToLose: number;
  stop(): Promise<void>;
}

/** Auth as far as a campaign asks it. */
export async function answerAsAuth(nats: NatsConnection): Promise<CountedQuota> {
  const limits = new Map<string, number>();
  const used = new Map<string, number>();
  const holds = new Map<string, { count: number; revision: number }>();
  const service = serveRequests(nats, {
    from: { service: 'auth' },
    logger: createSilentLogger(),
    handlers: {
      [internalRequests.holdMessages]: ({ body }) => {
        const { tenant, holder, revision, kept, more } = body as HoldMessages;
        const before = holds.get(holder) ?? { count: 0, revision: 0 };
        if (before.revision >= revision) return refuse({ code: 'CONFLICT' });
        const limit = limits.get(tenant) ?? Number.MAX_SAFE_INTEGER;
        const left = (used.get(tenant) ?? 0) - before.count + (kept?.count ?? 0);
        const granted = Math.max(0, Math.min(more, limit - left));
        used.set(tenant, left + granted);
        holds.set(holder, { count: (kept?.count ?? 0) + granted, revision });
        if (quota.answersToLose > 0) {
          quota.answersToLose -= 1;
          return refuse({ code: 'SERVICE_UNAVAILABLE' });
        }
        const resetsAt = new Date(Date.now() + 3_600_000).toISOString();
        const held: HeldMessages = { day: '2026-01-01', granted, limit, used: left + granted, resetsAt };
        return answer(200, held);
      },
      [internalRequests.reserveMessages]: ({ body }) => {
        const { tenant } = body as ReserveMessages;
        const limit = limits.get(tenant) ?? Number.MAX_SAFE_INTEGER;
        const resetsAt = new Date(Date.now() + 3_600_000).toISOString();
        const reserved: ReservedMessages = { day: '2026-01-01', limit, used: used.get(tenant) ?? 0, resetsAt };
        return answer(200, reserved);
      },
    },
  });
  await service.start();
  const quota = { limits, used, answersToLose: 0, stop: () => service.stop() };
  return quota;
}

/** The number every send to fails for. */
export const notOnWhatsApp = '19990000003';

export interface TestEngine {
  /** Of this session it tells how the first messages ended, and keeps the others for itself: then it is given no more than 20. */
  keepBack(session: TestSession, after: number): void;
  /** Tells what it kept, and keeps nothing more. */
  tell(session: TestSession): void;
  stop(): void;
}

/** Says of each command how it ended, as the owner of the session would. */
export function answerAsEngine(
  nats: NatsConnection,
  outcomeOf: (command: MessageCommand) => AnyEvent = (command) => outcomeEvent(command),
): TestEngine {
  const publisher = createPublisher(nats);
  const keeping = new Map<string, { after: number; kept: MessageCommand[] }>();
  function tell(command: MessageCommand): void {
    const event = outcomeOf(command);
    const subject = subjects.event('message', event.tenant, command.data.sessionId);
    // A publish under way when the test ends is refused; the test has what it wanted by then.
    publisher
      .publish(subject, JSON.stringify(event), { msgId: event.id, headers: { [busHeaders.type]: event.type } })
      .catch(() => undefined);
  }
  const subscription = nats.subscribe(subjects.commandsOfPool('sandbox'), {
    callback: (_, message) => {
      const command = message.json<MessageCommand>();
      const keeps = keeping.get(command.data.sessionId);
      if (keeps === undefined || keeps.after-- > 0) tell(command);
      else keeps.kept.push(command);
    },
  });
  return {
    keepBack({ sessionId }, after) {
      keeping.set(sessionId, { after, kept: [] });
    },
    tell({ sessionId }) {
      const { kept = [] } = keeping.get(sessionId) ?? {};
      keeping.delete(sessionId);
      for (const command of kept) tell(command);
    },
    stop: () => {
      subscription.unsubscribe();
      publisher.close();
    },
  };
}

export function outcomeEvent(
  command: MessageCommand,
  code = command.data.to === notOnWhatsApp ? 'NOT_ON_WHATSAPP' : '',
): AnyEvent {
  const { messageId, sessionId, campaignId } = command.data;
  const failed = code !== '';
  const reference = { sessionId, messageId, waMessageId: `3EB0${messageId.slice(-18)}`, acceptedAt: command.at };
  const failure = { code, reason: 'As the test wants it', sealed: '' };
  return {
    id: `${failed ? 'failed' : 'sent'}-${messageId}`,
    type: failed ? 'MessageFailed' : 'MessageSent',
    v: 1,
    version: 0,
    tenant: command.tenant,
    at: new Date().toISOString(),
    correlationId: command.correlationId,
    causationId: command.id,
    data: { ...reference, ...(campaignId === undefined ? {} : { campaignId }), ...(failed ? failure : {}) },
  };
}

/** The engines as far as a list by LID asks them: which numbers they were told, by address. */
export async function answerAsContacts(nats: NatsConnection, told: ReadonlyMap<string, string>) {
  const operation = internalRequests.shownNumbers;
  const service = serveRequests(nats, {
    from: { subject: subjects.request('engine', operation), queue: 'engine' },
    logger: createSilentLogger(),
    handlers: {
      [operation]: ({ body }) => {
        const { addresses } = body as HiddenContacts;
        const known = addresses.filter((address) => told.has(address));
        return answer(200, { numbers: Object.fromEntries(known.map((address) => [address, told.get(address)])) });
      },
    },
  });
  await service.start();
  return service;
}

export interface CommandRecord {
  /** As published, repeats included, in order. */
  of(session: TestSession): MessageCommand[];
  stop(): void;
}

export function recordCommands(nats: NatsConnection): CommandRecord {
  const commands: MessageCommand[] = [];
  const subscription = nats.subscribe(subjects.commandsOfPool('sandbox'), {
    callback: (_, message) => {
      commands.push(message.json<MessageCommand>());
    },
  });
  return {
    of: (session) => commands.filter((command) => command.data.sessionId === session.sessionId),
    stop: () => subscription.unsubscribe(),
  };
}

/** How many commands of a session the bus has stored. */
export async function countStored(nats: NatsConnection, { tenant, sessionId }: TestSession): Promise<number> {
  const subject = subjects.command(sessionAddress({ pool: 'sandbox', tenant, sessionId }, defaultPartitionCount));
  return (await countBySubject(nats, streams.commands.name, subject)).get(subject) ?? 0;
}

export async function storedEvents(nats: NatsConnection, tenant: string, campaignId: string): Promise<AnyEvent[]> {
  const subject = subjects.event('campaign', tenant, campaignId);
  const stored = await readSubject(nats, { stream: streams.events.name, subject });
  return stored.map(({ data }) => JSON.parse(Buffer.from(data).toString()) as AnyEvent);
}

export const newSession = (status: SessionStatus = 'connected', tenant = newUuid()): TestSession => ({
  tenant,
  sessionId: newUuid(),
  status,
});
