import Type, { type Static } from 'typebox';
import type { CommandOf } from '../envelope.ts';
import { Uuid } from '../ids.ts';
import { NetworkSchema, SessionMetadata } from './events.ts';

const ref = { sessionId: Uuid };
export const CreateSession = Type.Object({
  ...ref,
  name: Type.String(),
  description: Type.String(),
  network: NetworkSchema,
  metadata: Type.Optional(SessionMetadata),
});
export const ConnectSession = Type.Object(ref);
export const DeleteSession = Type.Object(ref);

export const sessionCommands = { CreateSession, ConnectSession, DeleteSession } as const;
export type SessionCommand = {
  [T in keyof typeof sessionCommands]: CommandOf<T, Static<(typeof sessionCommands)[T]>>;
}[keyof typeof sessionCommands];
