import type { IncomingHttpHeaders } from 'node:http';
import type { EntitlementsReply } from '@wam/contracts';
import { ApiError } from '../http/api-error.ts';
import type { VerifyAccessToken } from './access-tokens.ts';
import { type ApiKeyDirectory, looksLikeApiKey } from './api-keys.ts';
import type { EntitlementsDirectory } from './entitlements.ts';
import type { Caller, Identity } from './identity.ts';
import { presentedCredential } from './presented-credential.ts';

/**
 * Who sent these headers. Answers at once, without building anything, for a credential and an account seen a moment ago.
 * @throws ApiError UNAUTHORIZED, in the same words whatever is wrong; SERVICE_UNAVAILABLE when auth is needed and away
 */
export type Authenticate = (headers: IncomingHttpHeaders) => Caller | Promise<Caller>;

export interface AuthenticateDeps {
  verifyAccessToken: VerifyAccessToken;
  apiKeys: Pick<ApiKeyDirectory, 'verify'>;
  entitlements: Pick<EntitlementsDirectory, 'known' | 'load'>;
}

export function createAuthenticate({ verifyAccessToken, apiKeys, entitlements }: AuthenticateDeps): Authenticate {
  function callerOf(identity: Identity): Caller | Promise<Caller> {
    const known = entitlements.known(identity.tenant);
    if (known !== undefined) return entitled(identity, known);
    return entitlements.load(identity.tenant).then((loaded) => entitled(identity, loaded));
  }
  return (headers) => {
    const credential = presentedCredential(headers);
    if (credential === undefined) throw new ApiError('UNAUTHORIZED');
    const identity = looksLikeApiKey(credential) ? apiKeys.verify(credential) : verifyAccessToken(credential);
    return identity instanceof Promise ? identity.then(callerOf) : callerOf(identity);
  };
}

/** The plan is the account's of now, whatever the token says. */
export function entitled(identity: Identity, entitlements: EntitlementsReply): Caller {
  const { tenant, actor, scopes, mode, generation, caller } = identity;
  if (generation < entitlements.tokenGeneration) throw new ApiError('UNAUTHORIZED');
  if (caller?.entitlements === entitlements) return caller;
  identity.caller = {
    principal: { tenant, actor, plan: entitlements.plan, scopes, mode },
    generation: Number.isFinite(generation) ? generation : undefined,
    entitlements,
  };
  return identity.caller;
}
