import { type AuthorizedSession, internalRequests, type RejectionBody } from '@wam/contracts';
import type { AskAuth } from '../authenticate/ask-auth.ts';

/** The plan has a place for the session, or it has one already, and says which pool it belongs to; SESSION_LIMIT_REACHED otherwise. Never rejects. */
export type AuthorizeSession = (tenant: string, sessionId: string) => Promise<AuthorizedSession | RejectionBody>;

export const createAuthorizeSession =
  (askAuth: AskAuth): AuthorizeSession =>
  async (tenant, sessionId) => {
    const reply = await askAuth(internalRequests.authorizeSession, { body: { tenant, sessionId } });
    if (reply.ok) return reply.body as AuthorizedSession;
    const { ok: _, ...refusal } = reply;
    return refusal;
  };
