import {
  accessTokenIssuer,
  type EventsTicketClaims,
  eventsTicketAudience,
  eventsTicketType,
  type Principal,
  type RejectionBody,
} from '@wam/contracts';
import type { Kysely } from '@wam/service-kit/postgres';
import { SignJWT } from 'jose';
import { findAccount } from '../account/account-table.ts';
import { type Caller, isRevoked } from '../change/caller.ts';
import type { AuthTables } from '../storage/schema.ts';
import { accessTokenAlgorithm } from './access-token.ts';
import type { IssueTokenDeps } from './issue-token.ts';

/** Long enough to open a connection with it on a slow line, short enough to be worthless in the log of a proxy. */
const openWithinSeconds = 60;

export interface EventsTicket {
  ticket: string;
  expiresAt: string;
}

/** A connection opened with the ticket may last as long as one opened with a login token of now. */
export async function issueEventsTicket(
  { tenant, actor, scopes, mode, generation }: Principal & Pick<Caller, 'generation'>,
  { db, signer, ttlMs, nowMs, newTokenId }: IssueTokenDeps & { db: Kysely<AuthTables> },
): Promise<EventsTicket | RejectionBody> {
  const account = await findAccount(db, tenant);
  if (account === undefined || isRevoked({ generation }, account)) return { code: 'UNAUTHORIZED' };
  const now = Math.floor(nowMs() / 1000);
  const claims: EventsTicketClaims = {
    iss: accessTokenIssuer,
    aud: eventsTicketAudience,
    sub: tenant,
    ...(actor.kind === 'apiKey' ? { key: actor.keyId } : {}),
    scopes,
    mode,
    gen: account.tokenGeneration,
    iat: now,
    exp: now + openWithinSeconds,
    jti: newTokenId(),
    until: now + Math.floor(ttlMs / 1000),
  };
  const { kid, privateKey } = await signer();
  const ticket = await new SignJWT({ ...claims })
    .setProtectedHeader({ alg: accessTokenAlgorithm, typ: eventsTicketType, kid })
    .sign(privateKey);
  return { ticket, expiresAt: new Date(claims.exp * 1000).toISOString() };
}
