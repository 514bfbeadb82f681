import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { ErrorBody } from '@wam/contracts';
import { refuse } from '@wam/service-kit/nats';
import { Value } from 'typebox/value';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { badRequests } from './testing/bad-requests.ts';
import { type Answer, call } from './testing/call.ts';
import { expectCatalogueError } from './testing/expect-catalogue-error.ts';
import { type Harness, startHarness } from './testing/harness.ts';

let harness: Harness;
let token: string;
let sessionId: string;
beforeAll(async () => {
  harness = await startHarness({ COMMAND_WAIT_LIMIT: '10s' });
  const tenant = randomUUID();
  token = await harness.issuer.token(tenant);
  sessionId = harness.addSession(tenant);
  harness.engine.answer = () => refuse({ code: 'CONFLICT' });
});
afterAll(async () => {
  await harness?.[Symbol.asyncDispose]();
});

describe('bad input is refused in words that help, and nothing is stored:', () => {
  test.each(badRequests)('$title -> $code', async ({ code, param, says, path, ...options }) => {
    harness.commands.length = 0;
    const url = path ?? `/api/sessions/${sessionId}/send`;
    const answer = await call(harness.gateway.address, url, { token, ...options });
    expect(answer.body).toMatchObject({ code, ...(param === undefined ? {} : { param }) });
    if (says !== undefined) expect(answer.body.message).toContain(says);
    expectCatalogueError(answer);
    expect(harness.commands).toEqual([]);
  });

  test('a wrong method is told the right ones', async () => {
    const { headers } = await call(harness.gateway.address, '/api/sessions', { method: 'PATCH' });
    expect(headers.get('allow')).toBe('GET, HEAD, POST');
  });
});

describe('existing clients', () => {
  const json = { 'content-type': 'application/json' };
  test.each([
    ['POST', '/api/sessions/:session/connect', '', json],
    ['POST', '/api/sessions/:session/connect', undefined, json],
    ['POST', '/api/sessions/:session/connect', '{"anything": "at all"', json],
    ['POST', '/api/sessions/:session/connect', 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['DELETE', '/api/sessions/:session', undefined, json],
    ['POST', '/api/sessions', undefined, {}],
    ['POST', '/api/sessions', undefined, json],
    ['POST', '/api/sessions', '{}', { 'content-type': 'application/json; charset=utf-8' }],
  ])('%s %s with body %j and headers %j is understood', async (method, path, body, headers) => {
    const answer = await call(harness.gateway.address, path.replace(':session', sessionId), {
      method,
      token,
      body,
      headers: headers as Record<string, string>,
    });
    // The owner in this suite refuses every command: it was asked, so the request was understood.
    expect(answer.body.code).toBe('CONFLICT');
  });
});

describe('what is not HTTP is answered in the same shape:', () => {
  async function raw(bytes: Buffer | string): Promise<{ status: number; body: Answer['body']; head: string }> {
    const { hostname, port } = new URL(harness.gateway.address);
    const socket = connect(Number(port), hostname);
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => undefined);
    socket.end(bytes);
    await once(socket, 'close');
    const [head = '', body = ''] = Buffer.concat(chunks).toString().split('\r\n\r\n');
    return { status: Number(head.split(' ')[1]), body: JSON.parse(body), head };
  }
  test.each([
    ['a broken request line', 'GARBAGE\r\n\r\n', 400, 'BAD_REQUEST'],
    [
      'headers over 16 kB',
      `GET /livez HTTP/1.1\r\nHost: x\r\nX-Big: ${'a'.repeat(20_000)}\r\n\r\n`,
      431,
      'HEADERS_TOO_LARGE',
    ],
    [
      'two lengths',
      'POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
      'BAD_REQUEST',
    ],
    [
      'a header with a control character',
      'GET /livez HTTP/1.1\r\nHost: x\r\nX-Bad: a\x01b\r\n\r\n',
      400,
      'BAD_REQUEST',
    ],
    ['an unknown method', 'BREW /api/login HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'BAD_REQUEST'],
    [
      'a body over 1 MB',
      `POST /api/login HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 2000000\r\n\r\n{}`,
      413,
      'PAYLOAD_TOO_LARGE',
    ],
    [
      'bytes that are not UTF-8',
      Buffer.concat([
        Buffer.from(
          'POST /api/login HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"email":"',
        ),
        Buffer.of(0xff),
      ]),
      400,
      'MALFORMED_JSON',
    ],
    ['no Host header', 'GET /api/nothing HTTP/1.1\r\nConnection: close\r\n\r\n', 404, 'ROUTE_NOT_FOUND'],
    [
      'an expectation nobody meets',
      'GET /api/nothing HTTP/1.1\r\nHost: x\r\nExpect: tea\r\nConnection: close\r\n\r\n',
      404,
      'ROUTE_NOT_FOUND',
    ],
  ])('%s', async (_title, bytes, status, code) => {
    const answer = await raw(bytes);
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status, code });
    expect(Value.Check(ErrorBody, answer.body)).toBe(true);
    expect(answer.head.toLowerCase()).toContain(`x-request-id: ${answer.body.requestId.toLowerCase()}`);
  });
});
