/** Life of a session. Written only by the engine process that owns it, on `evt.session.<tenant>.<session>`. */
import Type, { type Static } from 'typebox';
import type { EventOf } from '../envelope.ts';
import { Instant, Uuid } from '../ids.ts';

export const SessionStatus = Type.Enum(
  ['connecting', 'pending', 'connected', 'reconnecting', 'disconnected', 'error'],
  {
    description:
      'connecting: initialising; pending: waiting for the QR scan; connected; reconnecting; disconnected; error',
  },
);
export type SessionStatus = Static<typeof SessionStatus>;

export const NetworkSchema = Type.Enum(['sandbox', 'whatsapp'], {
  description: 'sandbox: the built-in simulated network; whatsapp: the real one',
});

/** Why a connection ended, in words that do not depend on the client library. */
export const DisconnectCause = Type.Enum([
  'connection-lost',
  'connection-refused',
  'unresponsive',
  'replaced',
  'server-unavailable',
  'restart-required',
  'logged-out',
  'banned',
  'client-outdated',
  'qr-timeout',
  'requested',
  'shutdown',
  'unknown',
]);
export type DisconnectCause = Static<typeof DisconnectCause>;

/** The customer's own words on a session, such as the id of the customer it serves. Echoed in every public event of the session. */
export const SessionMetadata = Type.Record(Type.String(), Type.String({ maxLength: 500 }), {
  description: 'Your own keys and values, echoed in every event of the session; at most 20, keys up to 64 characters',
  maxProperties: 20,
  propertyNames: { type: 'string', maxLength: 64 },
});
export type SessionMetadata = Static<typeof SessionMetadata>;

const ref = { sessionId: Uuid };
export const SessionCreated = Type.Object({
  ...ref,
  name: Type.String(),
  description: Type.String(),
  network: NetworkSchema,
  /** Whose engines serve it. Absent in events of earlier releases: the pool of the network. */
  pool: Type.Optional(Type.String()),
  metadata: Type.Optional(SessionMetadata),
});
/** The account gave it another name, description or metadata: all three as they are from here on. */
export const SessionDescribed = Type.Object({
  ...ref,
  name: Type.String(),
  description: Type.String(),
  metadata: SessionMetadata,
});
export const SessionConnecting = Type.Object(ref);
/** A new QR code can be scanned. The code itself is a secret and is not in the log: ask the owner for it. */
export const SessionQrIssued = Type.Object({ ...ref, expiresAt: Instant });
/** A phone linked this session. `phone` and `lid` are digits. */
export const SessionPaired = Type.Object({ ...ref, phone: Type.String(), lid: Type.Optional(Type.String()) });
export const SessionConnected = Type.Object({ ...ref, phone: Type.String() });
export const SessionReconnecting = Type.Object({
  ...ref,
  cause: DisconnectCause,
  statusCode: Type.Optional(Type.Integer()),
  attempt: Type.Integer({ minimum: 1 }),
  delayMs: Type.Integer({ minimum: 0 }),
});
/** Offline until somebody acts: asked for, QR never scanned, or logged out by the phone. */
export const SessionDisconnected = Type.Object({
  ...ref,
  cause: DisconnectCause,
  statusCode: Type.Optional(Type.Integer()),
});
/** Offline and connecting again is pointless without an operator or another phone. */
export const SessionFailed = Type.Object({ ...ref, cause: DisconnectCause, statusCode: Type.Optional(Type.Integer()) });
/** WhatsApp lets it start no new chats for a time (463, "reach-out time lock"); those it has go on. Again when the end changes. */
export const SessionRestricted = Type.Object({ ...ref, until: Instant });
/** It may start chats again: WhatsApp says so, or the time is over. */
export const SessionUnrestricted = Type.Object(ref);
/** Engines of another pool serve the session from here on; its link and what waits in it go with it. */
export const SessionMoved = Type.Object({ ...ref, from: Type.String(), to: Type.String() });
/** Of a connected session, `SessionDisconnected` stands right before it. */
export const SessionDeleted = Type.Object(ref);

export const sessionEvents = {
  SessionCreated,
  SessionDescribed,
  SessionConnecting,
  SessionQrIssued,
  SessionPaired,
  SessionConnected,
  SessionReconnecting,
  SessionDisconnected,
  SessionFailed,
  SessionRestricted,
  SessionUnrestricted,
  SessionMoved,
  SessionDeleted,
} as const;
export type SessionEvent = {
  [T in keyof typeof sessionEvents]: EventOf<T, Static<(typeof sessionEvents)[T]>>;
}[keyof typeof sessionEvents];
