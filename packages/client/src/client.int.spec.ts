import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient, WamError } from './index.ts';

/** A real HTTP server that answers what the test asks for and keeps what it was sent. */
let server: Server;
let baseUrl: string;
let next: { status: number; body: string };
let seen: { method: string | undefined; url: string | undefined; headers: IncomingMessage['headers']; body: string };

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url, headers } = request;
      seen = { method, url, headers, body: Buffer.concat(chunks).toString() };
      response.writeHead(next.status, { 'content-type': 'application/json' }).end(next.body);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

describe('client', () => {
  it('puts path parameters, query and body where the operation wants them, with the token', async () => {
    const client = createClient({ baseUrl, token: 'first' });
    client.useToken('second');
    next = { status: 200, body: '{"success":true}' };
    await client.sendMessage({ params: { sessionId: 'a/b' }, body: { to: '919876543210', message: 'hi' } });
    expect(seen).toMatchObject({
      method: 'POST',
      url: '/api/sessions/a%2Fb/send',
      body: '{"to":"919876543210","message":"hi"}',
      headers: { authorization: 'Bearer second', 'content-type': 'application/json' },
    });
    await client.getMessageStats({ query: { days: 3 } });
    expect(seen.url).toBe('/api/messages/stats?days=3');
    expect(seen.headers['content-type']).toBeUndefined();
  });

  it('turns an error answer into a WamError with code, request id and field', async () => {
    next = {
      status: 400,
      body: '{"error":"Invalid","message":"bad","code":"VALIDATION_FAILED","requestId":"r1","param":"to"}',
    };
    const failed = await createClient({ baseUrl })
      .listSessions()
      .catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(WamError);
    expect(failed).toMatchObject({
      status: 400,
      code: 'VALIDATION_FAILED',
      requestId: 'r1',
      param: 'to',
      message: 'bad',
    });
  });

  it('says so when the answer is no JSON', async () => {
    next = { status: 502, body: '<html>' };
    await expect(createClient({ baseUrl }).listSessions()).rejects.toThrow('answered 502 without JSON');
  });
});
