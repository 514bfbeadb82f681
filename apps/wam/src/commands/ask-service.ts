/** What an operator asks of a running service, over the bus. */
import { errorCatalogue, type ServiceName, type ServiceRequest, subjects } from '@wam/contracts';
import { type Env, newUlid } from '@wam/service-kit';
import { createRequester, type NatsConnection } from '@wam/service-kit/nats';
import { UserError } from '../user-error.ts';
import { onBus } from './on-bus.ts';

/** @throws UserError when nothing runs there, or the service refuses */
export async function askService<Reply>(
  service: ServiceName,
  operation: string,
  body: unknown,
  env: Env,
  timeoutMs = 10_000,
): Promise<Reply> {
  return onBus(env, (nats) => askOn<Reply>(nats, { service, operation, body, timeoutMs }));
}

/** The same on a connection that is there. @throws UserError when nothing runs there, or the service refuses */
export async function askOn<Reply>(
  nats: NatsConnection,
  { service, operation, body, timeoutMs = 10_000 }: OperatorQuestion,
): Promise<Reply> {
  const requester = createRequester(nats);
  try {
    const request: ServiceRequest = { operation, requestId: `req_${newUlid()}`, params: {}, query: {}, body };
    const reply = await requester.request(subjects.request(service, operation), request, timeoutMs);
    if (!reply.ok) throw new UserError(reply.message ?? errorCatalogue[reply.code].message);
    return reply.body as Reply;
  } finally {
    requester.close();
  }
}
export interface OperatorQuestion {
  service: ServiceName;
  operation: string;
  body: unknown;
  timeoutMs?: number;
}

export const askAuth = <Reply>(operation: string, body: unknown, env: Env): Promise<Reply> =>
  askService('auth', operation, body, env);
