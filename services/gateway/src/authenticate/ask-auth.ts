import { type ServiceReply, type ServiceRequest, subjects } from '@wam/contracts';
import type { IdSource } from '@wam/service-kit';
import type { Requester } from '@wam/service-kit/nats';

/** Asks auth one of its internal requests, on the gateway's own behalf. Never rejects. */
export type AskAuth = (
  operation: string,
  input: Partial<Pick<ServiceRequest, 'params' | 'body'>>,
) => Promise<ServiceReply>;

export const createAskAuth =
  ({ requester, ids, timeoutMs }: { requester: Requester; ids: IdSource; timeoutMs: number }): AskAuth =>
  (operation, input) =>
    requester.request(
      subjects.request('auth', operation),
      { operation, requestId: `req_${ids.ulid()}`, params: {}, query: {}, ...input },
      timeoutMs,
    );
