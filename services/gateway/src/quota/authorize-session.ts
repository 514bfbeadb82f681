import { internalRequests, type RejectionBody } from '@wam/contracts';
import type { AskAuth } from '../authenticate/ask-auth.ts';

/** Undefined when the plan has a place for the session, or it has one already; SESSION_LIMIT_REACHED otherwise. Never rejects. */
export type AuthorizeSession = (tenant: string, sessionId: string) => Promise<RejectionBody | undefined>;

export const createAuthorizeSession =
  (askAuth: AskAuth): AuthorizeSession =>
  async (tenant, sessionId) => {
    const reply = await askAuth(internalRequests.authorizeSession, { body: { tenant, sessionId } });
    if (reply.ok) return undefined;
    const { ok: _, ...refusal } = reply;
    return refusal;
  };
