import type { Actor, EntitlementsReply, Principal, Scope } from '@wam/contracts';

/** Whom a credential stands for, as far as the credential itself tells. */
export interface Identity {
  readonly tenant: string;
  readonly actor: Actor;
  readonly scopes: readonly Scope[];
  readonly mode: 'live' | 'test';
  /** Of an access token; API keys are revoked one by one and are never too old. */
  readonly generation: number;
  /** When the credential ends, milliseconds since 1970; Infinity for API keys. */
  readonly expiresAtMs: number;
  /** The caller made of it last, so that a request under a known credential builds nothing. */
  caller?: Caller;
}

/** Who asks and what the account may do at this moment. */
export interface Caller {
  readonly principal: Principal;
  /** Of the access token, where it is one. */
  readonly generation?: number | undefined;
  readonly entitlements: EntitlementsReply;
}
