/** A whole engine on real servers: its own NATS, database and simulated WhatsApp network, and commands as the gateway sends them. */
import { randomBytes, randomUUID } from 'node:crypto';
import {
  type AnyEvent,
  busHeaders,
  defaultPartitionCount,
  type MessagePrivate,
  messageSealPurpose,
  type ServiceReply,
  type ServiceRequest,
  sessionAddress,
  streams,
  subjects,
  userPrincipal,
} from '@wam/contracts';
import { createSealer, createSilentLogger, newUlid, type Service } from '@wam/service-kit';
import { connectNats, createPublisher, createRequester, ensureStreams, readSubject } from '@wam/service-kit/nats';
import { createDatabase } from '@wam/service-kit/postgres';
import { createTestDatabase, eventually, startTestNats, temporaryDirectory } from '@wam/testkit';
import { createSandbox, type SandboxOptions } from '@wam/whatsapp-sandbox';
import { loadSessionEngineConfig } from '../config.ts';
import { createSessionEngine } from '../create-session-engine.ts';
import { type EngineTables, engineSchema } from '../database/tables.ts';

export interface SentMessage {
  messageId: string;
  reply: Promise<ServiceReply>;
}
export interface SendOptions {
  messageId?: string;
  /** Milliseconds until the deadline; default 60 s. */
  deadlineMs?: number;
  /** As the gateway does for `Prefer: respond-async`. */
  withoutReply?: boolean;
  text?: string;
  /** Day whose quota it was taken from. */
  countedOn?: string;
}

const replyTimeoutMs = 20_000;

export async function startHarness(
  sandboxOptions: Partial<SandboxOptions> = {},
  settings: Readonly<Record<string, string>> = {},
) {
  const cleanUp = new AsyncDisposableStack();
  const nats = cleanUp.use(await startTestNats());
  const database = cleanUp.use(await createTestDatabase());
  const folder = await temporaryDirectory('wam-sandbox-');
  cleanUp.defer(() => folder.remove());
  const sandbox = cleanUp.use(createSandbox({ dataDir: folder.path, ...sandboxOptions }));
  await sandbox.start();
  const nc = await connectNats({ url: nats.url, name: 'test' });
  cleanUp.defer(() => nc.close());
  await ensureStreams(nc);
  const publisher = createPublisher(nc);
  const requester = createRequester(nc);
  const db = createDatabase<EngineTables>({ url: database.url, schema: engineSchema, applicationName: 'test' });
  cleanUp.defer(() => db.destroy());
  const kek = randomBytes(32);
  const sealer = createSealer({ kek, purposesWithOwnKey: [messageSealPurpose] });
  const env = {
    NATS_URL: nats.url,
    DATABASE_URL: await database.asRole(engineSchema),
    WAM_KEK: kek.toString('base64'),
    WAM_NETWORK: 'sandbox',
    WHATSAPP_URL: sandbox.url,
    ...settings,
  };
  const engines: Service[] = [];
  cleanUp.defer(async () => {
    for (const engine of engines) await engine.stop();
  });

  const pool = 'sandbox';
  const tenant: string = randomUUID();
  const address = (sessionId: string, of = tenant) =>
    sessionAddress({ pool, tenant: of, sessionId }, defaultPartitionCount);

  async function publishCommand(type: string, sessionId: string, data: object, more: Record<string, unknown> = {}) {
    const {
      id = newUlid(),
      of = tenant,
      replyTo,
      ...envelope
    } = more as { id?: string; of?: string; replyTo?: string };
    const command = {
      id,
      type,
      v: 1,
      tenant: of,
      at: new Date().toISOString(),
      correlationId: `req-${id}`,
      ...envelope,
      data,
    };
    await publisher.publish(subjects.command(address(sessionId, of)), JSON.stringify(command), {
      // The tests repeat commands on purpose, as a redelivery outside of the window does.
      msgId: newUlid(),
      headers: { [busHeaders.type]: type, ...(replyTo === undefined ? {} : { [busHeaders.replyInbox]: replyTo }) },
    });
  }
  async function command(type: string, sessionId: string, data: object, more: object = {}): Promise<ServiceReply> {
    const expected = requester.expectReply(replyTimeoutMs);
    await publishCommand(type, sessionId, data, { ...more, replyTo: expected.subject });
    const reply = await expected.reply;
    if (!reply) throw new Error(`${type}: no reply`);
    return reply.json<ServiceReply>();
  }
  async function ask(
    operation: string,
    sessionId: string,
    of = tenant,
    more: Partial<Pick<ServiceRequest, 'query' | 'body'>> = {},
  ): Promise<ServiceReply> {
    const request: ServiceRequest = {
      operation,
      requestId: 'req',
      principal: userPrincipal(of, 'a@b.c', 'trial'),
      params: { sessionId },
      query: {},
      ...more,
    };
    return requester.request(subjects.ownerRequest(pool, address(sessionId).partition), request, 15_000);
  }
  async function read(domain: 'session' | 'message', sessionId: string): Promise<AnyEvent[]> {
    const subject = subjects.event(domain, tenant, sessionId);
    const messages = await readSubject(nc, { stream: streams.events.name, subject });
    return messages.map(({ data }) => JSON.parse(Buffer.from(data).toString()) as AnyEvent);
  }
  const typesOf = async (sessionId: string) => (await read('session', sessionId)).map(({ type }) => type);

  const harness = {
    nats,
    nc,
    db,
    sandbox,
    tenant,
    env,
    publisher,
    pool,
    address,
    command,
    publishCommand,
    ask,
    read,
    typesOf,
    async startEngine(more: Readonly<Record<string, string>> = {}): Promise<Service> {
      const engine = createSessionEngine(loadSessionEngineConfig({ ...env, ...more }), {
        logger: createSilentLogger(),
      });
      engines.push(engine);
      await engine.start();
      return engine;
    },
    create: (sessionId: string, more: object = {}) =>
      command('CreateSession', sessionId, { sessionId, name: 'Support', description: '', network: 'sandbox' }, more),
    describe: (sessionId: string, data: object) => command('DescribeSession', sessionId, { sessionId, ...data }),
    connect: (sessionId: string) => command('ConnectSession', sessionId, { sessionId }),
    disconnect: (sessionId: string) => command('DisconnectSession', sessionId, { sessionId }),
    remove: (sessionId: string, more: object = {}) => command('DeleteSession', sessionId, { sessionId }, more),
    async qr(sessionId: string): Promise<{ qrCode: string | null; status: string; expiresAt: string | null }> {
      const reply = await ask('getSessionQr', sessionId);
      if (!reply.ok) throw new Error(reply.code);
      return reply.body as { qrCode: string | null; status: string; expiresAt: string | null };
    },
    /** A session with a linked, connected phone. */
    async pair(phone: string): Promise<string> {
      const sessionId = randomUUID();
      await harness.create(sessionId);
      const { qrCode } = await harness.qr(sessionId);
      await sandbox.scanQr({ qr: qrCode ?? '', phone, owner: tenant });
      await harness.untilSession(sessionId, 'SessionConnected');
      return sessionId;
    },
    untilSession: (sessionId: string, type: string, times = 1) =>
      eventually(
        async () => {
          const types = await typesOf(sessionId);
          if (types.filter((each) => each === type).length < times)
            throw new Error(`${type} missing in ${types.join()}`);
        },
        { timeoutMs: 20_000 },
      ),
    async send(sessionId: string, to: string, options: SendOptions = {}): Promise<SentMessage> {
      const messageId = options.messageId ?? `msg_${newUlid()}`;
      const data = { sessionId, messageId, to, text: options.text ?? 'hello' };
      const notAfter = new Date(Date.now() + (options.deadlineMs ?? 60_000)).toISOString();
      const expected = options.withoutReply ? undefined : requester.expectReply(replyTimeoutMs);
      await publishCommand('SendMessage', sessionId, data, {
        ...{ id: messageId, notAfter, replyTo: expected?.subject, countedOn: options.countedOn },
      });
      const reply = (expected?.reply ?? Promise.resolve(undefined)).then((message) => {
        if (!message) throw new Error('no reply');
        return message.json<ServiceReply>();
      });
      // Not every test waits for its reply.
      reply.catch(() => undefined);
      return { messageId, reply };
    },
    /** What became of the wish to send a failed message again. */
    async resend(sessionId: string, resendOf: string, messageId: string = `msg_${newUlid()}`): Promise<ServiceReply> {
      const notAfter = new Date(Date.now() + 60_000).toISOString();
      return command('ResendMessage', sessionId, { sessionId, messageId, resendOf }, { id: messageId, notAfter });
    },
    untilMessage: (sessionId: string, messageId: string, type: string): Promise<AnyEvent> =>
      eventually(
        async () => {
          const events = await read('message', sessionId);
          const found = events.find(
            (event) => event.type === type && (event.data as { messageId: string }).messageId === messageId,
          );
          if (!found) throw new Error(`${type} missing in ${events.map((event) => event.type).join()}`);
          return found;
        },
        { timeoutMs: 20_000 },
      ),
    unseal(event: AnyEvent): MessagePrivate {
      const { messageId, sealed } = event.data as { messageId: string; sealed: string };
      const opened = sealer.open({ tenant, purpose: 'message', id: messageId }, Buffer.from(sealed, 'base64'));
      return JSON.parse(opened.toString()) as MessagePrivate;
    },
    inbox: (phone: string) => sandbox.inbox({ phone, owner: tenant, limit: 1_000 }),
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
  return harness;
}
export type Harness = Awaited<ReturnType<typeof startHarness>>;
