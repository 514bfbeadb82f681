import { createClient } from '@wam/client';
import { type ErrorCode, errorCatalogue } from '@wam/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Platform, startPlatform, temporaryFolder } from './platform.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let platform: Platform;
let headers: Record<string, string>;
let strangersSession: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  platform = await startPlatform(folder.path);
  headers = { authorization: `Bearer ${platform.ready.token}`, 'content-type': 'application/json' };
  const stranger = createClient({ baseUrl: platform.url });
  stranger.useToken(
    (await stranger.register({ body: { email: 'other@example.com', password: 'securepassword123' } })).token,
  );
  strangersSession = (await stranger.createSession({})).sessionId;
}, 90_000);
afterAll(async () => {
  await platform?.[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

interface BadRequest {
  title: string;
  code: ErrorCode;
  path?: string;
  method?: string;
  body?: string;
  headers?: Record<string, string>;
  param?: string;
}
const send = (body: unknown): string => JSON.stringify(body);
const badRequests: BadRequest[] = [
  { title: 'malformed JSON', code: 'MALFORMED_JSON', body: '{"to": "919876543210", ' },
  { title: 'a body that is no object', code: 'VALIDATION_FAILED', body: '[]' },
  {
    title: 'an unknown field',
    code: 'VALIDATION_FAILED',
    body: send({ to: '919876543210', message: 'hi', mesage: 'hi' }),
    param: 'mesage',
  },
  {
    title: 'a number where text belongs',
    code: 'VALIDATION_FAILED',
    body: send({ to: 919876543210, message: 'hi' }),
    param: 'to',
  },
  {
    title: 'an object where text belongs',
    code: 'VALIDATION_FAILED',
    body: send({ to: '919876543210', message: { text: 'hi' } }),
    param: 'message',
  },
  { title: 'a missing field', code: 'VALIDATION_FAILED', body: send({ to: '919876543210' }), param: 'message' },
  {
    title: 'a prototype key',
    code: 'MALFORMED_JSON',
    body: '{"__proto__": {"admin": true}, "to": "919876543210", "message": "hi"}',
  },
  {
    title: 'a body over 1 MB',
    code: 'PAYLOAD_TOO_LARGE',
    body: send({ to: '919876543210', message: 'x'.repeat(1_100_000) }),
  },
  {
    title: 'a number with +',
    code: 'VALIDATION_FAILED',
    body: send({ to: '+919876543210', message: 'hi' }),
    param: 'to',
  },
  { title: 'a short number', code: 'VALIDATION_FAILED', body: send({ to: '98765', message: 'hi' }), param: 'to' },
  {
    title: 'an empty message',
    code: 'VALIDATION_FAILED',
    body: send({ to: '919876543210', message: '' }),
    param: 'message',
  },
  {
    title: 'a message of 70 kB',
    code: 'VALIDATION_FAILED',
    body: send({ to: '919876543210', message: 'x'.repeat(70_000) }),
    param: 'message',
  },
  {
    title: 'another content type',
    code: 'UNSUPPORTED_MEDIA_TYPE',
    body: 'to=919876543210',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  },
  {
    title: 'an unknown session',
    code: 'SESSION_NOT_FOUND',
    path: '/api/sessions/00000000-0000-4000-8000-000000000000/send',
    body: send({ to: '919876543210', message: 'hi' }),
  },
  {
    title: 'a session id that is none',
    code: 'VALIDATION_FAILED',
    path: '/api/sessions/not-a-uuid/send',
    body: send({ to: '919876543210', message: 'hi' }),
    param: 'sessionId',
  },
  {
    title: 'no token',
    code: 'UNAUTHORIZED',
    headers: { authorization: '' },
    body: send({ to: '919876543210', message: 'hi' }),
  },
  {
    title: 'a token that is none',
    code: 'UNAUTHORIZED',
    headers: { authorization: 'Bearer nonsense' },
    body: send({ to: '919876543210', message: 'hi' }),
  },
  { title: 'an unknown path', code: 'ROUTE_NOT_FOUND', path: '/api/nothing', body: '{}' },
  { title: 'a wrong method', code: 'METHOD_NOT_ALLOWED', path: '/api/login', method: 'DELETE' },
];

describe('bad input is answered with a documented error:', () => {
  it.each(badRequests)('$title -> $code', async ({ code, path, method, body, headers: more, param }) => {
    const response = await fetch(`${platform.url}${path ?? `/api/sessions/${platform.ready.sessionId}/send`}`, {
      method: method ?? 'POST',
      headers: { ...headers, ...more },
      ...(body === undefined ? {} : { body }),
    });
    const answer = (await response.json()) as Record<string, unknown>;
    expect(answer).toMatchObject({ code, docUrl: expect.stringContaining(`/docs/errors/${code}`) });
    expect(response.status).toBe(errorCatalogue[code].status);
    expect(answer.requestId).toBe(response.headers.get('x-request-id'));
    expect(Object.keys(answer)).toEqual(expect.arrayContaining(['error', 'message', 'code', 'requestId', 'docUrl']));
    if (param !== undefined) expect(answer.param).toBe(param);
  });

  it("another tenant's session -> the same answer as a session that does not exist", async () => {
    const answers = await Promise.all(
      [strangersSession, '00000000-0000-4000-8000-000000000000'].map(async (sessionId) => {
        const response = await fetch(`${platform.url}/api/sessions/${sessionId}/send`, {
          method: 'POST',
          headers,
          body: send({ to: '919876543210', message: 'hi' }),
        });
        const { requestId: _, ...rest } = (await response.json()) as Record<string, unknown>;
        return { status: response.status, ...rest };
      }),
    );
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]).toMatchObject({ status: 404, code: 'SESSION_NOT_FOUND' });
  });

  it('and nothing of it was sent, stored or counted', async () => {
    expect((await platform.client.getMessageStats()).totals.total).toBe(0);
    expect((await platform.client.getInbox({ params: { number: '919876543210' } })).messages).toEqual([]);
  });
});
