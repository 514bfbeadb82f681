import { ApiError } from '../http/api-error.ts';
import type { VerifyAccessToken } from './access-tokens.ts';
import { type ApiKeyDirectory, looksLikeApiKey } from './api-keys.ts';
import { entitled } from './authenticate.ts';
import type { EntitlementsDirectory } from './entitlements.ts';
import { looksLikeTicket } from './events-tickets.ts';
import type { Caller, Identity } from './identity.ts';

/** Who is at the other end of a connection, and how long the credential lasts. */
export interface Known {
  identity: Identity;
  caller: Caller;
}
/**
 * For connections, which outlive a request: access token, API key or ticket.
 * @throws ApiError UNAUTHORIZED, in the same words whatever is wrong; SERVICE_UNAVAILABLE
 */
export type Identify = (credential: string | undefined) => Promise<Known>;

export interface IdentifyDeps {
  verifyAccessToken: VerifyAccessToken;
  verifyTicket: (ticket: string) => Promise<Identity>;
  apiKeys: Pick<ApiKeyDirectory, 'verify'>;
  entitlements: Pick<EntitlementsDirectory, 'known' | 'load'>;
}

const maxCredentialLength = 8_192;

export function createIdentify({ verifyAccessToken, verifyTicket, apiKeys, entitlements }: IdentifyDeps): Identify {
  const identityOf = (credential: string): Identity | Promise<Identity> => {
    if (looksLikeApiKey(credential)) return apiKeys.verify(credential);
    return looksLikeTicket(credential) ? verifyTicket(credential) : verifyAccessToken(credential);
  };
  return async (credential) => {
    if (credential === undefined || credential.length > maxCredentialLength) throw new ApiError('UNAUTHORIZED');
    const identity = await identityOf(credential);
    const known = entitlements.known(identity.tenant) ?? (await entitlements.load(identity.tenant));
    return { identity, caller: entitled(identity, known) };
  };
}
