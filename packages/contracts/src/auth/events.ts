import Type, { type Static } from 'typebox';
import type { EventOf } from '../envelope.ts';
import { Uuid } from '../ids.ts';

/** An account exists from here on. The e-mail is not in the log; it lives in the auth database, where it can be erased. */
export const AccountRegistered = Type.Object({ accountId: Uuid, plan: Type.String() });

export const accountEvents = { AccountRegistered } as const;
export type AccountEvent = EventOf<'AccountRegistered', Static<typeof AccountRegistered>>;
