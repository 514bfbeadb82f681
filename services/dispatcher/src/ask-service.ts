import { type ServiceName, type ServiceReply, subjects } from '@wam/contracts';
import type { IdSource } from '@wam/service-kit';
import type { Requester } from '@wam/service-kit/nats';

export interface AskDeps {
  requester: Requester;
  ids: IdSource;
}

const timeoutMs = 3000;

/** Asks another service on no account's behalf: the right to be on its subject is the right to ask. */
export const askService = (
  { requester, ids }: AskDeps,
  service: ServiceName,
  operation: string,
  body: object,
): Promise<ServiceReply> =>
  requester.request(
    subjects.request(service, operation),
    { operation, requestId: `req_${ids.ulid()}`, params: {}, query: {}, body },
    timeoutMs,
  );
