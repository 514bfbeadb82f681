/** Questions for the owner of a session that another pool serves by now: whoever asked has not heard of it yet. */
import { partitionOf, subjects } from '@wam/contracts';
import type { Requester, RequestHandler } from '@wam/service-kit/nats';
import type { SessionRegistry } from '../session/session-registry.ts';
import type { Sessions } from '../session/sessions.ts';

export interface RelayMovedOptions {
  pool: string;
  partitionCount: number;
  sessions: Sessions;
  registry: Pick<SessionRegistry, 'poolOf'>;
  requester: Pick<Requester, 'request'>;
}

/** As long as the gateway waits for a code. */
const timeoutMs = 15_000;

/** The same handlers, for sessions that are here. */
export function relayMoved<T extends Readonly<Record<string, RequestHandler>>>(
  handlers: T,
  { pool, partitionCount, sessions, registry, requester }: RelayMovedOptions,
): T {
  const relayed = Object.entries(handlers).map(([operation, handle]) => {
    const relay: RequestHandler = async (request) => {
      const { sessionId } = request.params;
      if (sessionId === undefined || sessions.get(sessionId)) return handle(request);
      const its = await registry.poolOf(sessionId);
      if (its === undefined || its === pool) return handle(request);
      return requester.request(subjects.ownerRequest(its, partitionOf(sessionId, partitionCount)), request, timeoutMs);
    };
    return [operation, relay];
  });
  return Object.fromEntries(relayed) as T;
}
