/** Our side: an engine process, driven by commands straight from the bus, as the gateway publishes them. */
import { randomUUID } from 'node:crypto';
import {
  busHeaders,
  defaultPartitionCount,
  type ServiceReply,
  sessionAddress,
  subjects,
  userPrincipal,
} from '@wam/contracts';
import { newUlid } from '@wam/service-kit';
import { connectNats, createPublisher, createRequester, SubjectFull } from '@wam/service-kit/nats';
import type { PlatformProcesses } from '../platform-processes.ts';
import { inParallel } from '../statistics.ts';
import { type Round, recipientOf, sessionOf, textOf } from './round.ts';

const pool = 'sandbox';
const replyTimeoutMs = 60_000;
const publishedAtOnce = 256;
const deadlineMs = 300_000;

const accepted = (publishing: Promise<void>): Promise<boolean> =>
  publishing.then(
    () => true,
    (error) => {
      if (error instanceof SubjectFull) return false;
      throw error;
    },
  );

export async function driveEngine(
  { natsUrl }: PlatformProcesses,
  scan: (request: { qr: string; owner: string }) => Promise<unknown>,
) {
  const nc = await connectNats({ url: natsUrl, name: 'bench' });
  const publisher = createPublisher(nc);
  const requester = createRequester(nc);
  const tenant = randomUUID();
  const sessions: string[] = [];

  async function publish(type: string, sessionId: string, data: object, id: string, replyTo?: string): Promise<void> {
    const now = Date.now();
    const command = {
      id,
      type,
      v: 1,
      tenant,
      at: new Date(now).toISOString(),
      correlationId: id,
      data: { sessionId, ...data },
      ...(type === 'SendMessage' ? { notAfter: new Date(now + deadlineMs).toISOString() } : {}),
    };
    await publisher.publish(
      subjects.command(sessionAddress({ pool, tenant, sessionId }, defaultPartitionCount)),
      JSON.stringify(command),
      {
        msgId: id,
        headers: { [busHeaders.type]: type, ...(replyTo === undefined ? {} : { [busHeaders.replyInbox]: replyTo }) },
      },
    );
  }
  async function ask(operation: string, sessionId: string): Promise<Record<string, unknown>> {
    const request = {
      operation,
      requestId: newUlid(),
      principal: userPrincipal(tenant, 'bench@example.com', 'benchmark'),
      params: { sessionId },
      query: {},
    };
    const reply: ServiceReply = await requester.request(subjects.ownerRequest(pool, 0), request, replyTimeoutMs);
    if (!reply.ok) throw new Error(reply.code);
    return reply.body as Record<string, unknown>;
  }
  async function connectSession(): Promise<string> {
    const sessionId = randomUUID();
    const created = requester.expectReply(replyTimeoutMs);
    const data = { name: 'Bench', description: '', network: 'sandbox' };
    await publish('CreateSession', sessionId, data, newUlid(), created.subject);
    await created.reply;
    let scanned = false;
    for (;;) {
      const { qrCode, status } = await ask('getSessionQr', sessionId);
      if (status === 'connected') return sessionId;
      if (typeof qrCode === 'string' && !scanned) {
        await scan({ qr: qrCode, owner: tenant });
        scanned = true;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  return {
    async connect(count: number): Promise<void> {
      await inParallel(count, 4, async (index) => {
        sessions[index] = await connectSession();
      });
    },
    async send(round: Round): Promise<void> {
      await inParallel(round.count, publishedAtOnce, async (index) => {
        const messageId = `msg_${newUlid()}`;
        const data = { messageId, to: recipientOf(round, index), text: textOf(round, index) };
        // As the gateway, which answers 429: a session may have so many commands on the bus.
        while (!(await accepted(publish('SendMessage', sessions[sessionOf(round, index)]!, data, messageId)))) {
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
      });
    },
    async [Symbol.asyncDispose]() {
      publisher.close();
      await nc.close();
    },
  };
}
