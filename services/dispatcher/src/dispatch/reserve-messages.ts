import {
  internalRequests,
  type RejectionBody,
  type ReservedMessages,
  type ServiceReply,
  subjects,
} from '@wam/contracts';
import type { IdSource } from '@wam/service-kit';
import type { Requester } from '@wam/service-kit/nats';

export interface ReservationDeps {
  requester: Requester;
  ids: IdSource;
}
export interface GrantedMessages {
  /** How many of the wanted ones the daily quota still has. */
  granted: number;
  /** Of the account; where they are counted. */
  day?: string;
  /** When that day ends. */
  resetsAtMs?: number;
  /** Why not all: the day is used up until then, or auth did not answer. */
  shortfall?: { resetsAtMs: number } | 'auth-away';
}

const timeoutMs = 3000;

/** Takes up to `wanted` messages of the account's daily quota. */
export async function reserveMessages(tenant: string, wanted: number, deps: ReservationDeps): Promise<GrantedMessages> {
  let shortfall: { resetsAtMs: number } | undefined;
  for (let count = wanted; count > 0; ) {
    const reply = await askAuth(internalRequests.reserveMessages, { tenant, count }, deps);
    if (reply.ok) {
      const { day, resetsAt } = reply.body as ReservedMessages;
      return { granted: count, day, resetsAtMs: Date.parse(resetsAt), ...(shortfall && { shortfall }) };
    }
    const { limit, used, resetsAt } = limitOf(reply);
    if (limit === undefined) return { granted: 0, shortfall: 'auth-away' };
    shortfall = { resetsAtMs: Date.parse(resetsAt) };
    // Less than was refused, whatever the figures say, so that this ends.
    count = Math.min(limit - used, count - 1);
  }
  return { granted: 0, ...(shortfall && { shortfall }) };
}

/** Gives back what was reserved and not stored. One that fails leaves messages counted that were not sent. */
export async function releaseMessages(
  tenant: string,
  count: number,
  day: string | undefined,
  deps: ReservationDeps,
): Promise<void> {
  if (count > 0) await askAuth(internalRequests.releaseMessages, { tenant, count, ...(day && { day }) }, deps);
}

const askAuth = (operation: string, body: object, { requester, ids }: ReservationDeps): Promise<ServiceReply> =>
  requester.request(
    subjects.request('auth', operation),
    { operation, requestId: `req_${ids.ulid()}`, params: {}, query: {}, body },
    timeoutMs,
  );

const limitOf = ({ code, details }: RejectionBody) =>
  code === 'DAILY_LIMIT_REACHED'
    ? (details as { limit: number; used: number; resetsAt: string })
    : { limit: undefined, used: 0, resetsAt: '' };
