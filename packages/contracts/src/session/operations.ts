import Type, { type Static } from 'typebox';
import { Instant, PhoneNumber, Uuid } from '../ids.ts';
import { defineOperation } from '../operation.ts';
import { NetworkSchema, SessionMetadata, SessionStatus } from './events.ts';

const SessionParams = Type.Object({ sessionId: Uuid }, { additionalProperties: false });
const exampleParams = { sessionId: '550e8400-e29b-41d4-a716-446655440000' };

/** What became of the connection of a session. */
const StatusAnswer = Type.Object({
  success: Type.Boolean(),
  sessionId: Uuid,
  status: SessionStatus,
  message: Type.String(),
});
const SessionName = Type.String({ minLength: 1, maxLength: 100 });
const SessionDescription = Type.String({ maxLength: 500 });

export const SessionView = Type.Object(
  {
    sessionId: Uuid,
    name: Type.String(),
    description: Type.String(),
    phone: Type.Union([Type.String(), Type.Null()], { description: 'Digits; null until a phone is linked' }),
    status: SessionStatus,
    hasQR: Type.Boolean({ description: 'Whether a QR code waits to be scanned' }),
    messagesSent: Type.Integer(),
    messagesReceived: Type.Integer(),
    createdAt: Instant,
    network: NetworkSchema,
    metadata: SessionMetadata,
    restriction: Type.Union([Type.Object({ since: Instant, until: Instant, reason: Type.String() }), Type.Null()], {
      description: 'While WhatsApp lets the session start no new chats (463); null otherwise',
    }),
  },
  { title: 'Session' },
);
export type SessionView = Static<typeof SessionView>;

/** Body of the status of a session. */
export const SessionStatusView = Type.Object({
  sessionId: Uuid,
  status: SessionStatus,
  phone: Type.Union([Type.String(), Type.Null()]),
  hasQR: Type.Boolean(),
  reason: Type.Optional(Type.String({ description: 'Why it is not connected, in plain words' })),
});
/** Body of the QR code of a session. */
export const SessionQr = Type.Object({
  qrCode: Type.Union([Type.String(), Type.Null()]),
  status: SessionStatus,
  expiresAt: Type.Union([Instant, Type.Null()]),
});

export const createSession = defineOperation({
  id: 'createSession',
  method: 'POST',
  path: '/api/sessions',
  tag: 'Sessions',
  summary: 'Create a WhatsApp session',
  description: 'Afterwards fetch its QR code and scan it with WhatsApp.',
  auth: 'account',
  scope: 'manage',
  body: Type.Object(
    {
      name: Type.Optional(SessionName),
      description: Type.Optional(SessionDescription),
      network: Type.Optional(NetworkSchema),
      metadata: Type.Optional(SessionMetadata),
    },
    { additionalProperties: false },
  ),
  responses: {
    201: Type.Object({
      success: Type.Boolean(),
      sessionId: Uuid,
      name: Type.String(),
      status: SessionStatus,
      message: Type.String(),
      network: NetworkSchema,
    }),
  },
  errors: [],
  example: { body: { name: 'Support Bot', description: 'Customer support automation' } },
  route: { via: 'command', command: 'CreateSession', waitMs: 10_000, session: 'new' },
});

export const updateSession = defineOperation({
  id: 'updateSession',
  method: 'PATCH',
  path: '/api/sessions/:sessionId',
  tag: 'Sessions',
  summary: 'Change name, description or metadata of a session',
  description:
    'Fields that are not given stay; `metadata` is replaced as a whole. Events from then on, of webhooks too, carry the new words. The connection is not touched.',
  auth: 'account',
  scope: 'manage',
  params: SessionParams,
  body: Type.Object(
    {
      name: Type.Optional(SessionName),
      description: Type.Optional(SessionDescription),
      metadata: Type.Optional(SessionMetadata),
    },
    { additionalProperties: false },
  ),
  responses: {
    200: Type.Object({
      success: Type.Boolean(),
      sessionId: Uuid,
      name: Type.String(),
      description: Type.String(),
      metadata: SessionMetadata,
      message: Type.String(),
    }),
    202: Type.Object({ success: Type.Boolean(), sessionId: Uuid, message: Type.String() }),
  },
  errors: ['SESSION_NOT_FOUND'],
  example: { params: exampleParams, body: { name: 'Support Bot 2', metadata: { customer: '4711' } } },
  route: { via: 'command', command: 'DescribeSession', waitMs: 10_000 },
});

export const listSessions = defineOperation({
  id: 'listSessions',
  method: 'GET',
  path: '/api/sessions',
  tag: 'Sessions',
  summary: 'List the sessions of the account',
  auth: 'account',
  scope: 'read',
  responses: { 200: Type.Object({ sessions: Type.Array(SessionView), total: Type.Integer() }) },
  errors: [],
  example: {},
  route: { via: 'request', service: 'analytics' },
});

export const getSession = defineOperation({
  id: 'getSession',
  method: 'GET',
  path: '/api/sessions/:sessionId',
  tag: 'Sessions',
  summary: 'Details of one session',
  auth: 'account',
  scope: 'read',
  params: SessionParams,
  responses: { 200: SessionView },
  errors: ['SESSION_NOT_FOUND'],
  example: { params: exampleParams },
  route: { via: 'request', service: 'analytics' },
});

export const getSessionStatus = defineOperation({
  id: 'getSessionStatus',
  method: 'GET',
  path: '/api/sessions/:sessionId/status',
  tag: 'Sessions',
  summary: 'Connection status of a session',
  auth: 'account',
  scope: 'read',
  params: SessionParams,
  responses: { 200: SessionStatusView },
  errors: ['SESSION_NOT_FOUND'],
  example: { params: exampleParams },
  route: { via: 'request', service: 'analytics' },
});

export const getSessionUptime = defineOperation({
  id: 'getSessionUptime',
  method: 'GET',
  path: '/api/sessions/:sessionId/uptime',
  tag: 'Sessions',
  summary: 'How much of the time a session was connected',
  description: 'A session younger than the asked days is measured from its creation.',
  auth: 'account',
  scope: 'read',
  params: SessionParams,
  query: Type.Object(
    { days: Type.Optional(Type.Integer({ minimum: 1, maximum: 90, default: 7, description: 'Spans of 24 hours' })) },
    { additionalProperties: false },
  ),
  responses: {
    200: Type.Object({
      sessionId: Uuid,
      from: Instant,
      to: Instant,
      connectedMs: Type.Integer(),
      uptime: Type.Number({ description: 'Share of the measured time, from 0 to 1' }),
      interruptions: Type.Integer({ description: 'Connections that ended in that time' }),
      connectedSince: Type.Union([Instant, Type.Null()], { description: 'null while it is not connected' }),
    }),
  },
  errors: ['SESSION_NOT_FOUND'],
  example: { params: exampleParams, query: { days: 7 } },
  route: { via: 'request', service: 'analytics' },
});

export const getSessionQr = defineOperation({
  id: 'getSessionQr',
  method: 'GET',
  path: '/api/sessions/:sessionId/qr',
  tag: 'Sessions',
  summary: 'QR code to link a phone',
  description:
    'Waits up to 10 s for the first code. `qrCode` is a PNG data URL, null when there is nothing to scan; expired codes are replaced.',
  auth: 'account',
  scope: 'manage',
  params: SessionParams,
  responses: { 200: SessionQr },
  errors: ['SESSION_NOT_FOUND'],
  example: { params: exampleParams },
  route: { via: 'owner', timeoutMs: 12_000 },
});

export const requestPairingCode = defineOperation({
  id: 'requestPairingCode',
  method: 'POST',
  path: '/api/sessions/:sessionId/pairing-code',
  tag: 'Sessions',
  summary: 'Pairing code to link a phone without a camera',
  description:
    'Type the code on the phone `phone` under Linked devices, Link with phone number. It links this session only, and is a secret like the QR code. Asking again for the same phone gives the same code until it expires.',
  auth: 'account',
  scope: 'manage',
  noIdempotencyKey: 'Asking again gives the same code as it is; an old answer would be a code that has expired.',
  params: SessionParams,
  body: Type.Object({ phone: PhoneNumber }, { additionalProperties: false }),
  responses: {
    200: Type.Object({
      code: Type.String({ description: 'Eight characters with a dash in the middle', examples: ['ABCD-1234'] }),
      phone: Type.String(),
      expiresAt: Instant,
    }),
  },
  errors: ['SESSION_NOT_FOUND', 'SESSION_ALREADY_CONNECTED'],
  example: { params: exampleParams, body: { phone: '919876543210' } },
  route: { via: 'owner', timeoutMs: 25_000 },
});

export const connectSession = defineOperation({
  id: 'connectSession',
  method: 'POST',
  path: '/api/sessions/:sessionId/connect',
  tag: 'Sessions',
  summary: 'Connect a disconnected session',
  description: 'Uses the linked phone when there is one, otherwise a new QR code is generated.',
  auth: 'account',
  scope: 'manage',
  params: SessionParams,
  responses: { 200: StatusAnswer },
  errors: ['SESSION_NOT_FOUND'],
  example: { params: exampleParams },
  route: { via: 'command', command: 'ConnectSession', waitMs: 10_000 },
});

export const disconnectSession = defineOperation({
  id: 'disconnectSession',
  method: 'POST',
  path: '/api/sessions/:sessionId/disconnect',
  tag: 'Sessions',
  summary: 'Take a session offline',
  description:
    'The phone stays linked: connect brings the session back without a new QR code. Until then it sends and receives nothing; what is written to it comes after connecting. A session that is offline already stays as it is.',
  auth: 'account',
  scope: 'manage',
  params: SessionParams,
  responses: { 200: StatusAnswer },
  errors: ['SESSION_NOT_FOUND'],
  example: { params: exampleParams },
  route: { via: 'command', command: 'DisconnectSession', waitMs: 10_000 },
});

export const deleteSession = defineOperation({
  id: 'deleteSession',
  method: 'DELETE',
  path: '/api/sessions/:sessionId',
  tag: 'Sessions',
  summary: 'Delete a session',
  description:
    'Logs the device out and removes its data, Signal keys included. It cannot be undone. Its messages stay in the history and the statistics of the account.',
  auth: 'account',
  scope: 'manage',
  params: SessionParams,
  responses: { 200: Type.Object({ success: Type.Boolean(), message: Type.String() }) },
  errors: ['SESSION_NOT_FOUND'],
  example: { params: exampleParams },
  route: { via: 'command', command: 'DeleteSession', waitMs: 10_000 },
});
