/** What an operator asks of a running service, over the bus: the right to be there is the right to ask. */
import { join } from 'node:path';
import { errorCatalogue, type ServiceName, type ServiceRequest, subjects } from '@wam/contracts';
import { localNatsUrl } from '@wam/local-infra';
import { type Env, newUlid } from '@wam/service-kit';
import { connectNats, createRequester } from '@wam/service-kit/nats';
import { loadLauncherConfig } from '../config.ts';
import { UserError } from '../user-error.ts';

/**
 * Asks on NATS_URL, or on the server of the platform that runs on WAM_DATA_DIR.
 * @throws UserError when nothing runs there, or the service refuses
 */
export async function askService<Reply>(
  service: ServiceName,
  operation: string,
  body: unknown,
  env: Env,
  timeoutMs = 10_000,
): Promise<Reply> {
  const { NATS_URL, WAM_DATA_DIR } = loadLauncherConfig(env);
  const url = NATS_URL ?? localNatsUrl(join(WAM_DATA_DIR, 'nats'));
  if (url === undefined) throw new UserError(`no platform runs on ${WAM_DATA_DIR}; start it, or set NATS_URL`);
  const nats = await connectNats({ url, name: 'operator' });
  const requester = createRequester(nats);
  try {
    const request: ServiceRequest = { operation, requestId: `req_${newUlid()}`, params: {}, query: {}, body };
    const reply = await requester.request(subjects.request(service, operation), request, timeoutMs);
    if (!reply.ok) throw new UserError(reply.message ?? errorCatalogue[reply.code].message);
    return reply.body as Reply;
  } finally {
    requester.close();
    await nats.close();
  }
}

export const askAuth = <Reply>(operation: string, body: unknown, env: Env): Promise<Reply> =>
  askService('auth', operation, body, env);
