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
/** What is given replaces what was there; metadata as a whole. */
export const DescribeSession = Type.Object({
  ...ref,
  name: Type.Optional(Type.String()),
  description: Type.Optional(Type.String()),
  metadata: Type.Optional(SessionMetadata),
});
export const ConnectSession = Type.Object(ref);
/** Offline until somebody connects it again; the phone stays linked. */
export const DisconnectSession = Type.Object(ref);
export const DeleteSession = Type.Object(ref);
/** Whoever serves the session lets the engines of that pool have it; its owner there takes it up. A whole pool, of the session's network. */
export const MoveSession = Type.Object({ ...ref, pool: Type.String({ pattern: '^[A-Za-z0-9-]{1,80}$' }) });

export const sessionCommands = {
  CreateSession,
  DescribeSession,
  ConnectSession,
  DisconnectSession,
  DeleteSession,
} as const;
export type SessionCommand = {
  [T in keyof typeof sessionCommands]: CommandOf<T, Static<(typeof sessionCommands)[T]>>;
}[keyof typeof sessionCommands];
export const placementCommands = { MoveSession } as const;
export type MoveCommand = CommandOf<'MoveSession', Static<typeof MoveSession>>;
