import { type AccountOfEmail, allScopes, internalRequests } from '@wam/contracts';
import type { Logger } from '@wam/service-kit';
import type { AskAuth } from '../authenticate/ask-auth.ts';
import type { Authenticate } from '../authenticate/authenticate.ts';
import type { EntitlementsDirectory } from '../authenticate/entitlements.ts';
import type { Caller } from '../authenticate/identity.ts';
import { ApiError } from '../http/api-error.ts';

export interface OpenAccountDeps {
  /** For requests that come with a credential: it counts, good or bad. */
  authenticate: Authenticate;
  askAuth: AskAuth;
  entitlements: Pick<EntitlementsDirectory, 'known' | 'load'>;
  logger: Logger;
}

/**
 * Serves the documentation's first examples, which send no token: whoever can reach the gateway acts for this account. For the legacy
 * operations of an installation with one owner only; off unless LEGACY_OPEN_ACCOUNT names the account.
 */
export function openToAccount(email: string, deps: OpenAccountDeps): Authenticate {
  const { authenticate, askAuth, entitlements, logger } = deps;
  let account: AccountOfEmail | undefined;
  let caller: Caller | undefined;

  logger.warn(
    { email },
    'LEGACY_OPEN_ACCOUNT is set: /api/whatsapp/* acts for this account WITHOUT A TOKEN, for anybody who can reach this port',
  );

  /** An account keeps its id for ever; one that is not there yet may be registered later. */
  async function find(): Promise<AccountOfEmail> {
    if (account !== undefined) return account;
    const reply = await askAuth(internalRequests.accountByEmail, { body: { email } });
    if (!reply.ok) {
      logger.warn({ email, code: reply.code }, 'the account of LEGACY_OPEN_ACCOUNT was not found');
      throw new ApiError(reply.code === 'ACCOUNT_NOT_FOUND' ? 'UNAUTHORIZED' : 'SERVICE_UNAVAILABLE');
    }
    account = reply.body as AccountOfEmail;
    return account;
  }
  async function owner(): Promise<Caller> {
    const { accountId: tenant, email: known } = await find();
    const entitled = entitlements.known(tenant) ?? (await entitlements.load(tenant));
    if (caller?.entitlements !== entitled) {
      const actor = { kind: 'user', email: known } as const;
      const principal = { tenant, actor, plan: entitled.plan, scopes: allScopes, mode: 'live' } as const;
      caller = { principal, entitlements: entitled };
    }
    return caller;
  }

  return (headers) =>
    headers.authorization === undefined && headers['x-api-key'] === undefined ? owner() : authenticate(headers);
}
