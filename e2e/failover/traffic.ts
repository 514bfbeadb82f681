/** Sessions with simulated phones, and messages sent through them all the time, as a gateway issues them. */
import { randomUUID } from 'node:crypto';
import {
  type AnyEvent,
  busHeaders,
  defaultPartitionCount,
  partitionOf,
  type ServiceReply,
  sessionAddress,
  streams,
  subjects,
  userPrincipal,
} from '@wam/contracts';
import { newUlid } from '@wam/service-kit';
import { createPublisher, createRequester, readSubject } from '@wam/service-kit/nats';
import { until } from '../platform.ts';
import type { Installation } from './installation.ts';

export interface Session {
  sessionId: string;
  partition: number;
  phone: string;
  recipient: string;
}
export type Traffic = Awaited<ReturnType<typeof startTraffic>>;

const pool = 'sandbox';
const replyTimeoutMs = 20_000;
/** Longer than any run: nothing may expire. */
const deadlineMs = 3_600_000;
const linksAtOnce = 3;

export async function startTraffic({ nc, sandbox }: Installation) {
  const tenant = randomUUID();
  const publisher = createPublisher(nc, { timeoutMs: 30_000 });
  const requester = createRequester(nc);
  const sessions: Session[] = [];
  /** Message id by id, and when the bus had it. */
  const accepted = new Map<string, { session: Session; atMs: number }>();
  /** When recipients decrypted something, by the phone that sent it. */
  const arrivals = new Map<string, number[]>();
  let refused = 0;
  let sending: NodeJS.Timeout[] = [];
  let stopWatching: (() => void) | undefined;
  const underWay = new Set<Promise<void>>();

  sandbox.onReceived(({ from }) => {
    const times = arrivals.get(from) ?? [];
    times.push(Date.now());
    arrivals.set(from, times);
  });

  async function publish(type: string, sessionId: string, id: string, data: object, replyTo?: string): Promise<void> {
    const at = new Date().toISOString();
    const notAfter = new Date(Date.now() + deadlineMs).toISOString();
    const command = { id, type, v: 1, tenant, at, correlationId: id, notAfter, data: { sessionId, ...data } };
    await publisher.publish(
      subjects.command(sessionAddress({ pool, tenant, sessionId }, defaultPartitionCount)),
      JSON.stringify(command),
      {
        msgId: id,
        headers: { [busHeaders.type]: type, ...(replyTo === undefined ? {} : { [busHeaders.replyInbox]: replyTo }) },
      },
    );
  }
  async function link(index: number): Promise<void> {
    const sessionId = randomUUID();
    const phone = `1555${String(7_000_000 + index)}`;
    const expected = requester.expectReply(replyTimeoutMs);
    const session = { name: 'failover', description: '', network: 'sandbox' };
    await publish('CreateSession', sessionId, newUlid(), session, expected.subject);
    const created = (await expected.reply)?.json<ServiceReply>();
    if (!created?.ok) throw new Error(`session not created: ${JSON.stringify(created)}`);
    const partition = partitionOf(sessionId, defaultPartitionCount);
    const request = { operation: 'getSessionQr', requestId: 'r', params: { sessionId }, query: {} };
    const principal = userPrincipal(tenant, 'a@b.c', 'enterprise');
    const reply = await requester.request(subjects.ownerRequest(pool, partition), { ...request, principal }, 15_000);
    if (!reply.ok) throw new Error(`no QR code: ${reply.code}`);
    await sandbox.scanQr({ qr: (reply.body as { qrCode: string }).qrCode, phone, owner: tenant });
    const recipient = `1555${String(8_000_000 + (index % 10))}`;
    sessions.push({ sessionId, partition, phone, recipient });
  }
  function send(session: Session): void {
    const messageId = `msg_${newUlid()}`;
    const work = publish('SendMessage', session.sessionId, messageId, {
      messageId,
      to: session.recipient,
      text: messageId,
    })
      .then(() => void accepted.set(messageId, { session, atMs: Date.now() }))
      // A caller of the API would have got a 503: nothing was promised.
      .catch(() => void refused++)
      .finally(() => underWay.delete(work));
    underWay.add(work);
  }

  return {
    tenant,
    sessions,
    accepted,
    arrivals,
    refused: () => refused,
    async link(count: number): Promise<void> {
      for (let index = 0; index < count; index += linksAtOnce) {
        const some = Array.from({ length: Math.min(linksAtOnce, count - index) }, (_, n) => link(index + n));
        await Promise.all(some);
      }
      await until('all sessions online', async () => {
        const online = sandbox.linkedPhones(tenant).filter(({ devices }) => devices.some((device) => device.online));
        return online.length === count;
      });
    },
    /**
     * Every session sends once in so many milliseconds, one after the other, and once more with each login: else what a new owner takes
     * would be measured with up to one such interval of having nothing to send.
     */
    start(everyMs: number): void {
      stopWatching = sandbox.onLogin(({ phone }) => {
        const session = sessions.find((each) => each.phone === phone);
        if (session) send(session);
      });
      sending = sessions.map((session, index) => {
        const first = setTimeout(
          () => {
            send(session);
            sending.push(setInterval(() => send(session), everyMs));
          },
          (index * everyMs) / sessions.length,
        );
        return first;
      });
    },
    async stop(): Promise<void> {
      stopWatching?.();
      for (const timer of sending) clearInterval(timer);
      await Promise.all(underWay);
    },
    async events(): Promise<AnyEvent[]> {
      const found: AnyEvent[] = [];
      for (const { sessionId } of sessions) {
        const subject = subjects.event('message', tenant, sessionId);
        for (const { data } of await readSubject(nc, { stream: streams.events.name, subject }))
          found.push(JSON.parse(Buffer.from(data).toString()) as AnyEvent);
      }
      return found;
    },
    async sessionEvents(): Promise<AnyEvent[]> {
      const found: AnyEvent[] = [];
      for (const { sessionId } of sessions) {
        const subject = subjects.event('session', tenant, sessionId);
        for (const { data } of await readSubject(nc, { stream: streams.events.name, subject }))
          found.push(JSON.parse(Buffer.from(data).toString()) as AnyEvent);
      }
      return found;
    },
  };
}
