/** `GET /ws`: what goes over the plain WebSocket, and the codes with which either door closes. Frames are JSON texts. */
import Type, { type Static } from 'typebox';
import { Instant, Uuid } from '../ids.ts';
import { EventTypePattern, FeedCursor, PublicEventType } from './public-events.ts';

const maxFilters = 100;
const filters = {
  sessions: Type.Optional(Type.Array(Uuid, { maxItems: maxFilters, description: 'Only events of these sessions' })),
  types: Type.Optional(
    Type.Array(EventTypePattern, { maxItems: maxFilters, description: 'Only events of these types' }),
  ),
};
export const FeedSubscription = Type.Object(
  { ...filters, after: Type.Optional(FeedCursor) },
  { additionalProperties: false },
);
/** What a client wants of the feed. Without `after` it begins with the next event. */
export type FeedSubscription = Static<typeof FeedSubscription>;

/** What a client of the plain WebSocket may send. */
export const clientFrames = {
  /** First frame of a client that could send no header, within 10 s; later it renews the credential of the connection. */
  auth: Type.Object(
    { type: Type.Literal('auth'), token: Type.String({ maxLength: 8192 }), ...FeedSubscription.properties },
    { additionalProperties: false, description: 'Access token, API key or ticket, and what to subscribe to' },
  ),
  subscribe: Type.Object(
    { type: Type.Literal('subscribe'), ...filters },
    { additionalProperties: false, description: 'Replaces the filters from here on; answered by `ready`' },
  ),
  ping: Type.Object(
    { type: Type.Literal('ping') },
    { additionalProperties: false, description: 'Answered by `pong`, for clients that cannot see WebSocket pings' },
  ),
} as const;
export type ClientFrame = {
  [T in keyof typeof clientFrames]: Static<(typeof clientFrames)[T]>;
}[keyof typeof clientFrames];

/** What the server sends besides events, whose types all have a dot. */
export const serverFrames = {
  ready: Type.Object(
    {
      type: Type.Literal('ready'),
      cursor: FeedCursor,
      types: Type.Array(PublicEventType, { description: 'What comes: asked for and in the plan' }),
      withheld: Type.Optional(
        Type.Object(
          {
            types: Type.Array(PublicEventType),
            plan: Type.String(),
            firstPlan: Type.Union([Type.String(), Type.Null()]),
          },
          { description: 'Asked for and not in the plan' },
        ),
      ),
      expiresAt: Type.Union([Instant, Type.Null()], {
        description: 'When the credential ends, and the connection with it',
      }),
    },
    { description: 'The subscription stands. Events follow, first those missed since `after`' },
  ),
  resume_expired: Type.Object(
    { type: Type.Literal('resume_expired'), cursor: FeedCursor, message: Type.String() },
    {
      description:
        'What `after` named is older than the feed is kept (72 h), or of another log: read what you need over REST; events go on from `cursor`',
    },
  ),
  heartbeat: Type.Object(
    { type: Type.Literal('heartbeat'), cursor: FeedCursor },
    { description: 'Nothing matched for a while; keep this cursor instead of the last one' },
  ),
  pong: Type.Object({ type: Type.Literal('pong') }),
  error: Type.Object(
    { type: Type.Literal('error'), code: Type.String(), message: Type.String(), param: Type.Optional(Type.String()) },
    { description: 'Why the connection is about to close' },
  ),
} as const;
export type ServerFrame = {
  [T in keyof typeof serverFrames]: Static<(typeof serverFrames)[T]>;
}[keyof typeof serverFrames];

const { ready, resume_expired, heartbeat } = serverFrames;
/** What Socket.IO emits besides events. */
export const socketIoFrames = {
  ready,
  resume_expired,
  heartbeat,
  closing: Type.Object(
    { code: Type.Integer(), reason: Type.String(), message: Type.String() },
    { description: 'Why the connection is about to close; `code` is that of the plain WebSocket' },
  ),
} as const;

/** WebSocket close codes of ours (RFC 6455, section 7.4.2: 4000-4999 are free); {@link protocolCloseCodes} come besides. */
export const closeCodes = {
  /** The gateway stops: connect again, another one is there. */
  restarting: 1012,
  /** The event log is away: connect again in a moment. */
  unavailable: 1013,
  /** Text frames only. */
  binaryFrame: 1003,
  /** Too many bytes wait for a client that does not read: connect again and resume. */
  slowReader: 4008,
  badFrame: 4400,
  /** No valid credential, or it ended: revoked, expired. */
  unauthorized: 4401,
  forbidden: 4403,
  /** No credential in time. */
  authTimeout: 4408,
  /** Too many connections of the account, or frames of the client. */
  tooMany: 4429,
} as const;
export type CloseReason = keyof typeof closeCodes;

/** Close codes for frames that are refused before their text is looked at (RFC 6455, section 7.4.1). */
export const protocolCloseCodes = {
  /** Not what WebSocket allows: an unmasked frame, reserved bits, a fragment of nothing. */
  protocolError: 1002,
  notUtf8: 1007,
  /** More than 16 kB. */
  tooLarge: 1009,
} as const;
