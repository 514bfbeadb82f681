import type { ServiceReply } from '@wam/contracts';
import type { Clock, IdSource } from '@wam/service-kit';
import type { Requester } from '@wam/service-kit/nats';
import { findPlace } from '../sessions/find-place.ts';
import type { SessionDirectory } from '../sessions/session-directory.ts';
import type { AskForQr } from './feed-entry.ts';
import { feedPrincipal } from './feed-principal.ts';

/** The events of the account wait behind the code meanwhile; a slow owner must not hold them up for long. */
const timeoutMs = 2_500;
const operation = 'getSessionQr';

/** Asks the owner of the session, since the code is nowhere else. Never rejects. */
export function createAskForQr(deps: {
  requester: Requester;
  directory: SessionDirectory;
  ids: IdSource;
  clock: Clock;
}): AskForQr {
  const { requester, directory, ids, clock } = deps;
  async function ask(tenant: string, sessionId: string): Promise<string | undefined> {
    const principal = feedPrincipal(tenant);
    const requestId = `req_${ids.ulid()}`;
    const place = await findPlace(directory, principal, sessionId, requestId);
    if ('code' in place) return undefined;
    const question = { operation, requestId, principal, params: { sessionId }, query: {} };
    const reply: ServiceReply = await requester.request(place.ownerSubject, question, timeoutMs);
    return reply.ok ? ((reply.body as { qrCode: string | null }).qrCode ?? undefined) : undefined;
  }
  return async (tenant, sessionId) => {
    const late = Promise.withResolvers<undefined>();
    const timer = clock.setTimeout(() => late.resolve(undefined), timeoutMs);
    try {
      return await Promise.race([ask(tenant, sessionId), late.promise]);
    } catch {
      return undefined;
    } finally {
      timer.cancel();
    }
  };
}
