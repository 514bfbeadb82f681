import type { ErrorCode } from '@wam/contracts';
import type { CallOptions } from './call.ts';

export interface BadRequest extends CallOptions {
  title: string;
  code: ErrorCode;
  /** `:session` stands for a session of the caller. Default: the send endpoint. */
  path?: string;
  param?: string;
  /** What the message says. */
  says?: string;
}
const send = (more: object): { body: object } => ({ body: { to: '919876543210', message: 'hi', ...more } });
const form = { 'content-type': 'application/x-www-form-urlencoded' };

/** One row per kind of mistake; each is answered with this code, naming the field and saying what to do. */
export const badRequests: BadRequest[] = [
  { title: 'JSON that ends too early', code: 'MALFORMED_JSON', body: '{"to": "919876543210", ' },
  { title: 'a prototype key', code: 'MALFORMED_JSON', body: '{"__proto__": {"a": 1}, "to": "919876543210"}' },
  {
    title: 'a constructor key',
    code: 'MALFORMED_JSON',
    body: '{"constructor": {"prototype": {"a": 1}}, "to": "919876543210"}',
  },
  {
    title: 'a body that is a list',
    code: 'VALIDATION_FAILED',
    body: '[]',
    says: 'the request body must be a JSON object',
  },
  { title: 'a body that is null', code: 'VALIDATION_FAILED', body: 'null', says: 'must be a JSON object' },
  { title: 'an empty body', code: 'VALIDATION_FAILED', body: '', param: 'to', says: 'to is required' },
  {
    title: 'an unknown field',
    code: 'VALIDATION_FAILED',
    ...send({ mesage: 'hi' }),
    param: 'mesage',
    says: 'mesage is not a known field; known: to, message',
  },
  { title: 'a missing field', code: 'VALIDATION_FAILED', body: { to: '919876543210' }, param: 'message' },
  {
    title: 'a number for text',
    code: 'VALIDATION_FAILED',
    ...send({ to: 919876543210 }),
    param: 'to',
    says: 'to must be a string',
  },
  { title: 'an object for text', code: 'VALIDATION_FAILED', ...send({ message: { text: 'hi' } }), param: 'message' },
  {
    title: 'a number with +',
    code: 'VALIDATION_FAILED',
    ...send({ to: '+919876543210' }),
    param: 'to',
    says: 'to must be a phone number with country code, digits only, without the + sign: use 919876543210',
  },
  {
    title: 'a formatted number',
    code: 'VALIDATION_FAILED',
    ...send({ to: '+91 98765-43210' }),
    param: 'to',
    says: 'use 919876543210',
  },
  { title: 'a short number', code: 'VALIDATION_FAILED', ...send({ to: '98765' }), param: 'to', says: 'too short' },
  {
    title: 'an empty message',
    code: 'VALIDATION_FAILED',
    ...send({ message: '' }),
    param: 'message',
    says: 'message must not be empty',
  },
  {
    title: 'a message of 70 kB',
    code: 'VALIDATION_FAILED',
    ...send({ message: 'x'.repeat(70_000) }),
    param: 'message',
    says: 'at most 65536 characters',
  },
  { title: 'a NUL character', code: 'VALIDATION_FAILED', ...send({ message: 'a\0b' }), param: 'message' },
  { title: 'half a surrogate pair', code: 'VALIDATION_FAILED', ...send({ message: 'a\ud83d' }), param: 'message' },
  { title: 'a body over 1 MB', code: 'PAYLOAD_TOO_LARGE', ...send({ message: 'x'.repeat(1_100_000) }) },
  { title: 'another content type', code: 'UNSUPPORTED_MEDIA_TYPE', body: 'to=919876543210', headers: form },
  {
    title: 'a content type that is none',
    code: 'UNSUPPORTED_MEDIA_TYPE',
    body: '{}',
    headers: { 'content-type': 'json' },
  },
  {
    title: 'a session id that is none',
    code: 'VALIDATION_FAILED',
    path: '/api/sessions/session-uuid/send',
    ...send({}),
    param: 'sessionId',
    says: 'sessionId must be a valid UUID in lower case, such as 550e8400-e29b-41d4-a716-446655440000',
  },
  {
    title: 'an unknown session',
    code: 'SESSION_NOT_FOUND',
    path: '/api/sessions/00000000-0000-4000-8000-000000000000/send',
    ...send({}),
  },
  { title: 'an unknown path', code: 'ROUTE_NOT_FOUND', path: '/api/nothing', body: '{"broken' },
  { title: 'a path that cannot be decoded', code: 'BAD_REQUEST', path: '/api/sessions/%zz/send', ...send({}) },
  { title: 'a path element of 200 characters', code: 'BAD_REQUEST', path: `/api/sessions/${'a'.repeat(200)}/qr` },
  { title: 'a wrong method', code: 'METHOD_NOT_ALLOWED', path: '/api/login', method: 'DELETE' },
  {
    title: 'a wrong method with a broken body',
    code: 'METHOD_NOT_ALLOWED',
    path: '/api/login',
    method: 'PUT',
    body: '{',
  },
  {
    title: 'OPTIONS, which only browsers with a page of an allowed origin are answered',
    code: 'METHOD_NOT_ALLOWED',
    path: '/api/login',
    method: 'OPTIONS',
  },
  {
    title: 'text for a number in the query',
    code: 'VALIDATION_FAILED',
    path: '/api/messages/stats?days=seven',
    param: 'days',
    says: 'days must be a whole number',
  },
  {
    title: 'a number out of range in the query',
    code: 'VALIDATION_FAILED',
    path: '/api/messages/failed?limit=101',
    param: 'limit',
    says: 'limit must be at most 100',
  },
  {
    title: 'a repeated query parameter',
    code: 'VALIDATION_FAILED',
    path: '/api/messages/failed?limit=1&limit=2',
    param: 'limit',
  },
  {
    title: 'an unknown query parameter',
    code: 'VALIDATION_FAILED',
    path: '/api/messages/failed?lmit=1',
    param: 'lmit',
  },
  {
    title: 'a day that does not exist in the query',
    code: 'VALIDATION_FAILED',
    path: '/api/messages?since=2030-02-30T10:00:00Z',
    param: 'since',
    says: 'since must be a valid instant with its offset',
  },
  {
    title: 'an instant without an offset',
    code: 'VALIDATION_FAILED',
    path: '/api/messages?until=2030-02-20T10:00:00',
    param: 'until',
    says: 'such as 2024-01-15T10:30:00Z',
  },
  {
    title: 'a start at a time that does not exist',
    code: 'VALIDATION_FAILED',
    path: '/api/campaigns',
    body: { message: 'hi', contacts: ['919876543210'], schedule: { startAt: '2030-01-15T25:00:00+05:30' } },
    param: 'schedule.startAt',
    says: 'schedule.startAt must be a valid instant',
  },
  {
    title: 'a short password',
    code: 'VALIDATION_FAILED',
    path: '/api/register',
    body: { email: 'a@b.co', password: 'short' },
    param: 'password',
    says: 'password must have at least 8 characters',
  },
  {
    title: 'an e-mail that is none',
    code: 'VALIDATION_FAILED',
    path: '/api/register',
    body: { email: 'user', password: 'securepassword123' },
    param: 'email',
    says: 'email must be a valid e-mail address',
  },
  {
    title: 'an unknown network',
    code: 'VALIDATION_FAILED',
    path: '/api/sessions',
    body: { network: 'signal' },
    param: 'network',
    says: 'network must be one of: sandbox, whatsapp',
  },
  {
    title: 'a bad contact among good ones',
    code: 'VALIDATION_FAILED',
    path: '/api/whatsapp/bulk-send',
    body: { contacts: ['919876543210', '+919876543211'], message: 'hi' },
    param: 'contacts.1',
    says: 'use 919876543211',
  },
  {
    title: 'a contact object with a bad number',
    code: 'VALIDATION_FAILED',
    path: '/api/whatsapp/bulk-send',
    body: { contacts: [{ number: '12' }], message: 'hi' },
    param: 'contacts.0.number',
    says: 'too short',
  },
  {
    title: 'too many contacts',
    code: 'TOO_MANY_RECIPIENTS',
    path: '/api/whatsapp/bulk-send',
    body: { contacts: Array(10_001).fill('919876543210'), message: 'hi' },
    param: 'contacts',
  },
  {
    title: 'a contact nested 100,000 deep',
    code: 'VALIDATION_FAILED',
    path: '/api/whatsapp/bulk-send',
    body: `{"message":"hi","contacts":[{"number":"919876543210","x":${'['.repeat(100_000)}${']'.repeat(100_000)}}]}`,
    says: 'nested deeper than 32 levels',
  },
];
