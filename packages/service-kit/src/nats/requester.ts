import type { Msg, NatsConnection } from '@nats-io/transport-node';
import type { ServiceReply, ServiceRequest } from '@wam/contracts';
import { refuse } from './replies.ts';
import { createReplyInbox, isNoResponders } from './reply-inbox.ts';

export interface PendingReply {
  /** Where the other side must answer; goes into a header of the command. */
  subject: string;
  /** The first reply; `undefined` when none came in time or nobody listens. Never rejects. */
  reply: Promise<Msg | undefined>;
  cancel(): void;
}

export interface Requester {
  /** Never rejects: nobody there, too late or a broken connection are SERVICE_UNAVAILABLE. */
  request(subject: string, request: ServiceRequest, timeoutMs: number): Promise<ServiceReply>;
  /** A one-time reply address, for answers that come after a durable command was carried out. */
  expectReply(timeoutMs: number): PendingReply;
  readonly inFlight: number;
  close(): void;
}

export function createRequester(nc: NatsConnection): Requester {
  const inbox = createReplyInbox(nc);
  const cancels = new Set<() => void>();

  function expectReply(timeoutMs: number): PendingReply {
    const { promise, resolve } = Promise.withResolvers<Msg | undefined>();
    const finish = (reply?: Msg) => {
      clearTimeout(timer);
      inbox.forget(expected.token);
      cancels.delete(cancel);
      resolve(reply);
    };
    const cancel = () => finish();
    const expected = inbox.expect((reply) => finish(isNoResponders(reply) ? undefined : reply));
    // Node keeps equal delays in one list: a timer per request costs less than sweeping a map of many thousands.
    const timer = setTimeout(cancel, timeoutMs);
    cancels.add(cancel);
    return { subject: expected.subject, reply: promise, cancel };
  }

  return {
    expectReply,
    async request(subject, request, timeoutMs) {
      const expected = expectReply(timeoutMs);
      try {
        nc.publish(subject, JSON.stringify(request), { reply: expected.subject });
      } catch {
        expected.cancel();
      }
      const reply = await expected.reply;
      if (!reply) return refuse({ code: 'SERVICE_UNAVAILABLE' });
      try {
        return reply.json<ServiceReply>();
      } catch {
        return refuse({ code: 'INTERNAL_ERROR' });
      }
    },
    get inFlight() {
      return inbox.waiting;
    },
    close() {
      for (const cancel of [...cancels]) cancel();
      if (!nc.isClosed()) inbox.close();
    },
  };
}

/**
 * Asks everybody who listens on the subject, and collects what they answer.
 * @returns when so many have answered, or after that time
 */
export async function gatherReplies(
  nc: NatsConnection,
  subject: string,
  request: ServiceRequest,
  { expected, timeoutMs }: { expected: number; timeoutMs: number },
): Promise<ServiceReply[]> {
  const inbox = createReplyInbox(nc);
  const replies: ServiceReply[] = [];
  const complete = Promise.withResolvers<void>();
  const receiver = inbox.expect((reply) => {
    if (!isNoResponders(reply)) replies.push(reply.json<ServiceReply>());
    if (replies.length >= expected || isNoResponders(reply)) complete.resolve();
  });
  const timer = setTimeout(complete.resolve, timeoutMs);
  nc.publish(subject, JSON.stringify(request), { reply: receiver.subject });
  await complete.promise;
  clearTimeout(timer);
  inbox.close();
  return replies;
}
