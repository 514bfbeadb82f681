import Type, { type Static } from 'typebox';
import type { EventOf } from '../envelope.ts';
import { Uuid } from '../ids.ts';

const PoolName = Type.Union([Type.String(), Type.Null()]);

/** An account exists from here on. The e-mail is not in the log; it lives in the auth database, where it can be erased. */
export const AccountRegistered = Type.Object({ accountId: Uuid, plan: Type.String() });
/** Gateways forget what they know of the account's entitlements. */
export const PlanChanged = Type.Object({ accountId: Uuid, from: Type.String(), to: Type.String() });
/** New sessions of the account belong to another pool from here on; null is the shared one. Existing ones move one by one (SessionMoved). */
export const PoolChanged = Type.Object({ accountId: Uuid, from: PoolName, to: PoolName });
/** Access tokens whose claim `gen` is below `generation` are refused from here on. A count, since `iat` has whole seconds only. */
export const TokensRevoked = Type.Object({ accountId: Uuid, generation: Type.Integer({ minimum: 1 }) });
export const ApiKeyCreated = Type.Object({ accountId: Uuid, keyId: Type.String() });
export const ApiKeyRevoked = Type.Object({ accountId: Uuid, keyId: Type.String() });

export const accountEvents = {
  AccountRegistered,
  PlanChanged,
  PoolChanged,
  TokensRevoked,
  ApiKeyCreated,
  ApiKeyRevoked,
} as const;
export type AccountEvent = {
  [T in keyof typeof accountEvents]: EventOf<T, Static<(typeof accountEvents)[T]>>;
}[keyof typeof accountEvents];
