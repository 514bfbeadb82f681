import { type HeldMessages, type HoldMessages, internalRequests, subjects } from '@wam/contracts';
import type { IdSource } from '@wam/service-kit';
import type { Requester } from '@wam/service-kit/nats';

export interface HoldDeps {
  requester: Requester;
  ids: IdSource;
}

const timeoutMs = 3000;

/**
 * Takes up to `more` messages of the account's daily quota, and gives back what is counted for the session beyond `kept`.
 * @returns `overtaken` when the session asked again meanwhile; `auth-away` when there is no answer, which may still have been carried out
 */
export async function holdMessages(
  hold: HoldMessages,
  { requester, ids }: HoldDeps,
): Promise<HeldMessages | 'overtaken' | 'auth-away'> {
  const operation = internalRequests.holdMessages;
  const reply = await requester.request(
    subjects.request('auth', operation),
    { operation, requestId: `req_${ids.ulid()}`, params: {}, query: {}, body: hold },
    timeoutMs,
  );
  if (reply.ok) return reply.body as HeldMessages;
  return reply.code === 'CONFLICT' ? 'overtaken' : 'auth-away';
}
