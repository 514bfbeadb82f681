import Type, { type Static } from 'typebox';
import { Instant, Uuid } from '../ids.ts';
import { defineOperation } from '../operation.ts';
import { pageEnd, pageQuery } from '../pages.ts';

const RefreshToken = Type.String({
  minLength: 20,
  maxLength: 200,
  description: 'Refresh token of the last login or refresh',
});
const NewPassword = Type.String({ minLength: 8, maxLength: 200, description: 'At least 8 characters' });

export const refreshTokens = defineOperation({
  id: 'refreshTokens',
  method: 'POST',
  path: '/api/token/refresh',
  tag: 'Authentication',
  summary: 'Exchange a refresh token for a new pair',
  description: 'Each refresh token works once. Using one a second time ends every login that descends from it.',
  auth: 'public',
  rateLimit: 'auth',
  body: Type.Object({ refreshToken: RefreshToken }, { additionalProperties: false }),
  responses: { 200: Type.Object({ token: Type.String(), refreshToken: Type.String() }) },
  errors: ['INVALID_REFRESH_TOKEN'],
  example: { body: { refreshToken: 'wrt_0123456789abcdefghijklmnop' } },
  route: { via: 'request', service: 'auth' },
});

export const logOut = defineOperation({
  id: 'logOut',
  method: 'POST',
  path: '/api/logout',
  tag: 'Authentication',
  summary: 'End this login, or all of them',
  auth: 'account',
  scope: 'manage',
  usersOnly: true,
  body: Type.Object(
    {
      refreshToken: Type.Optional(RefreshToken),
      everywhere: Type.Optional(Type.Boolean({ description: 'Also end every other login and its access tokens' })),
    },
    { additionalProperties: false },
  ),
  responses: { 200: Type.Object({ success: Type.Boolean(), message: Type.String() }) },
  errors: [],
  example: { body: { everywhere: true } },
  route: { via: 'request', service: 'auth' },
});

export const changePassword = defineOperation({
  id: 'changePassword',
  method: 'POST',
  path: '/api/password',
  tag: 'Authentication',
  summary: 'Change the password',
  description: 'Ends every other login; the answer carries a fresh token pair.',
  auth: 'account',
  scope: 'manage',
  usersOnly: true,
  rateLimit: 'auth',
  noIdempotencyKey:
    'The change ends the token it was asked with, so it cannot be asked again; and the answer is a fresh login.',
  body: Type.Object(
    { currentPassword: Type.String({ minLength: 1, maxLength: 200 }), newPassword: NewPassword },
    { additionalProperties: false },
  ),
  responses: { 200: Type.Object({ message: Type.String(), token: Type.String(), refreshToken: Type.String() }) },
  errors: ['WRONG_PASSWORD'],
  example: { body: { currentPassword: 'securepassword123', newPassword: 'an even better one' } },
  route: { via: 'request', service: 'auth' },
});

export const TimeZone = Type.String({
  minLength: 1,
  maxLength: 64,
  description: 'IANA time zone',
  examples: ['Asia/Kolkata'],
});

export const AccountView = Type.Object(
  {
    userId: Uuid,
    email: Type.String(),
    username: Type.String(),
    timeZone: TimeZone,
    createdAt: Instant,
    plan: Type.Object({
      id: Type.String(),
      name: Type.String(),
      pricePerMonth: Type.Integer({ description: 'INR' }),
      features: Type.Array(Type.String()),
    }),
    limits: Type.Object({ sessions: Type.Integer(), messagesPerDay: Type.Integer() }),
    usage: Type.Object({
      sessions: Type.Integer(),
      messagesToday: Type.Integer(),
      resetsAt: Type.String({ description: 'When the day of the account ends; UTC instant' }),
    }),
  },
  { title: 'Account' },
);
export type AccountView = Static<typeof AccountView>;

export const getMe = defineOperation({
  id: 'getMe',
  method: 'GET',
  path: '/api/me',
  tag: 'Account',
  summary: 'The account, its plan and its usage',
  auth: 'account',
  scope: 'read',
  responses: { 200: AccountView },
  errors: ['ACCOUNT_NOT_FOUND'],
  example: {},
  route: { via: 'request', service: 'auth' },
});

export const updateMe = defineOperation({
  id: 'updateMe',
  method: 'POST',
  path: '/api/me',
  tag: 'Account',
  summary: 'Change display name or time zone',
  description: 'The time zone decides when the daily message quota starts anew.',
  auth: 'account',
  scope: 'manage',
  usersOnly: true,
  body: Type.Object(
    {
      username: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
      timeZone: Type.Optional(TimeZone),
    },
    { additionalProperties: false },
  ),
  responses: { 200: AccountView },
  errors: ['ACCOUNT_NOT_FOUND'],
  example: { body: { timeZone: 'Asia/Kolkata' } },
  route: { via: 'request', service: 'auth' },
});

const AuditEntry = Type.Object({
  id: Type.String(),
  action: Type.String({ examples: ['account.logged-in', 'api-key.created', 'session.deleted'] }),
  actor: Type.String({ description: '`user`, `key:<id>`, `operator` or `anonymous`' }),
  subject: Type.Union([Type.String(), Type.Null()], { description: 'Id of what it was done to' }),
  requestId: Type.String(),
  at: Instant,
  details: Type.Record(Type.String(), Type.Unknown()),
});

export const listAudit = defineOperation({
  id: 'listAudit',
  method: 'GET',
  path: '/api/audit',
  tag: 'Account',
  summary: 'Audit log: logins, keys, plan, sessions',
  auth: 'account',
  scope: 'manage',
  query: Type.Object(
    {
      ...pageQuery(100, 50),
    },
    { additionalProperties: false },
  ),
  responses: {
    200: Type.Object({
      data: Type.Array(AuditEntry),
      ...pageEnd,
    }),
  },
  errors: [],
  example: { query: { limit: 20 } },
  route: { via: 'request', service: 'auth' },
});
