import { randomUUID } from 'node:crypto';
import { type AnyCommand, operations, subjects } from '@wam/contracts';
import { answer, refuse } from '@wam/service-kit/nats';
import { eventually } from '@wam/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Answer, type CallOptions, call } from './testing/call.ts';
import { type Harness, startHarness } from './testing/harness.ts';

let harness: Harness;
let tenant: string;
let token: string;
let sessionId: string;
beforeAll(async () => {
  harness = await startHarness({ COMMAND_WAIT_LIMIT: '300ms' });
});
afterAll(async () => {
  await harness?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  tenant = randomUUID();
  token = await harness.issuer.token(tenant);
  sessionId = harness.addSession(tenant);
  harness.forgetScripts();
});
const api = (path: string, options: CallOptions = {}): Promise<Answer> =>
  call(harness.gateway.address, path, { token, ...options });
const send = (options: CallOptions = {}): Promise<Answer> =>
  api(`/api/sessions/${sessionId}/send`, { body: { to: '919876543210', message: 'Hello' }, ...options });
const received = (): Promise<AnyCommand> =>
  eventually(() => {
    const [command] = harness.commands;
    if (command === undefined) throw new Error('no command yet');
    return command;
  });

describe('requests to services', () => {
  test('public operations are relayed with body and answered with status, body and headers of the service', async () => {
    const body = {
      message: 'Login successful',
      token: 't',
      refreshToken: 'r',
      user: { userId: tenant, email: 'a@b.c', username: 'a' },
    };
    harness.answers.set('login', answer(200, body, { 'x-from-auth': 'yes' }));
    const {
      status,
      body: answered,
      headers,
    } = await call(harness.gateway.address, '/api/login', {
      body: operations.login.example.body,
    });
    expect({ status, answered }).toEqual({ status: 200, answered: body });
    expect(headers.get('x-from-auth')).toBe('yes');
    expect(harness.requests).toMatchObject([{ operation: 'login', body: operations.login.example.body }]);
    expect(harness.requests[0]).not.toHaveProperty('principal');
  });

  test('a service learns who asks, and gets query values as the schema types them, defaults included', async () => {
    harness.answers.set('listFailedMessages', answer(200, { success: true, count: 0, messages: [] }));
    expect((await api('/api/messages/failed?limit=7')).status).toBe(200);
    expect((await api('/api/messages/failed')).status).toBe(200);
    expect(harness.requests).toMatchObject([
      {
        principal: { tenant, plan: 'enterprise', actor: { kind: 'user', email: 'user@example.com' } },
        query: { limit: 7 },
      },
      { query: { limit: 5 } },
    ]);
  });

  test('a refusal of a service is answered from the catalogue', async () => {
    harness.answers.set('getMessage', refuse({ code: 'MESSAGE_NOT_FOUND' }));
    const { status, body, headers } = await api('/api/messages/msg_01JD8X3M5N6P7Q8R9S0T1V2W3X');
    expect(status).toBe(404);
    expect(body).toEqual({
      error: 'Message not found',
      message: 'The requested message does not exist',
      code: 'MESSAGE_NOT_FOUND',
      requestId: headers.get('x-request-id'),
      docUrl: `${harness.gateway.address}/docs/errors/MESSAGE_NOT_FOUND`,
    });
  });

  test('an answer that breaks the contract is an internal error that tells nothing', async () => {
    harness.answers.set('listSessions', answer(200, { sessions: 'none', secret: 'stack' }));
    const { status, body } = await api('/api/sessions');
    expect({ status, code: body.code, message: body.message }).toEqual({
      status: 500,
      code: 'INTERNAL_ERROR',
      message: 'Something went wrong on our end',
    });
  });

  test('the owner of a session answers for it', async () => {
    const qr = { qrCode: 'data:image/png;base64,xx', status: 'pending', expiresAt: '2024-01-15T10:31:00.000Z' };
    harness.answers.set('getSessionQr', answer(200, qr));
    expect((await api(`/api/sessions/${sessionId}/qr`)).body).toEqual(qr);
  });

  test('when no engine answers, it says unavailable and when to come back', async () => {
    harness.answers.set('sessionRoute', answer(200, { sessionId, network: 'whatsapp', pool: 'whatsapp' }));
    const { status, body, headers } = await api(`/api/sessions/${randomUUID()}/qr`);
    expect({ status, code: body.code, retryAfter: headers.get('retry-after') }).toEqual({
      status: 503,
      code: 'SERVICE_UNAVAILABLE',
      retryAfter: '1',
    });
  });
});

describe('commands', () => {
  test('a send is stored as a command under the message id, and the answer of the owner is relayed', async () => {
    harness.engine.answer = ({ id }) =>
      answer(200, { success: true, message: 'Message sent successfully', messageId: id, status: 'sent' });
    const { status, body } = await send({ headers: { 'x-request-id': 'my-own.id_1' } });
    expect(status).toBe(200);
    const command = await received();
    expect(body).toEqual({
      success: true,
      message: 'Message sent successfully',
      messageId: command.id,
      status: 'sent',
    });
    expect(command).toEqual({
      id: expect.stringMatching(/^msg_[0-9A-HJKMNP-TV-Z]{26}$/),
      type: 'SendMessage',
      v: 1,
      tenant,
      at: expect.any(String),
      notAfter: expect.any(String),
      correlationId: 'my-own.id_1',
      actor: 'user',
      countedOn: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/),
      data: { sessionId, messageId: command.id, to: '919876543210', text: 'Hello' },
    });
    expect(Date.parse(command.notAfter!) - Date.parse(command.at)).toBe(60_000);
  });

  test('a refusal of the owner is answered from the catalogue', async () => {
    harness.engine.answer = () => refuse({ code: 'NOT_ON_WHATSAPP', param: 'to' });
    const { status, body } = await send();
    expect({ status, body }).toMatchObject({ status: 422, body: { code: 'NOT_ON_WHATSAPP', param: 'to' } });
  });

  test('when the owner is silent, the send is answered as accepted, with where its status is', async () => {
    const { status, body } = await send();
    const { id } = await received();
    expect({ status, body }).toEqual({
      status: 202,
      body: {
        success: true,
        message: 'Message accepted',
        messageId: id,
        status: 'accepted',
        statusUrl: `/api/messages/${id}`,
      },
    });
  });

  test('with Prefer: respond-async nobody is asked to reply', async () => {
    harness.engine.answer = () => refuse({ code: 'NOT_ON_WHATSAPP' });
    const { status, body } = await send({ headers: { prefer: 'respond-async' } });
    expect({ status, id: body.messageId }).toEqual({ status: 202, id: (await received()).id });
  });

  test('a session gets its id, name and network here, and can be used at once', async () => {
    harness.engine.answer = ({ data }) => {
      const { sessionId: created, name, network } = data as Record<string, string>;
      return answer(201, { success: true, sessionId: created, name, status: 'connecting', message: 'ok', network });
    };
    const { status, body } = await api('/api/sessions', { method: 'POST' });
    expect({ status, body }).toMatchObject({ status: 201, body: { name: 'My Session', network: 'sandbox' } });
    harness.forgetScripts();
    sessionId = body.sessionId;
    expect((await send()).status).toBe(202);
    expect(harness.requests).toEqual([]);
  });

  test('create, connect and delete have their documented answer when the owner is silent', async () => {
    const created = await api('/api/sessions', { body: { name: 'Support Bot', description: 'x' } });
    expect({ status: created.status, body: created.body }).toEqual({
      status: 201,
      body: {
        success: true,
        sessionId: expect.any(String),
        name: 'Support Bot',
        status: 'connecting',
        message: 'Session created. Generating QR code...',
        network: 'sandbox',
      },
    });
    const connected = await api(`/api/sessions/${sessionId}/connect`, { method: 'POST' });
    expect({ status: connected.status, body: connected.body }).toEqual({
      status: 200,
      body: {
        success: true,
        sessionId,
        status: 'connecting',
        message: 'Connecting session. QR code will be generated...',
      },
    });
    const deleted = await api(`/api/sessions/${sessionId}`, { method: 'DELETE' });
    expect({ status: deleted.status, body: deleted.body }).toMatchObject({ status: 200, body: { success: true } });
  });

  test('a full session queue is busy, says when to come back, and other sessions are not affected', async () => {
    harness.answers.set('sessionRoute', ({ params }) =>
      answer(200, { sessionId: params.sessionId, network: 'whatsapp', pool: 'whatsapp' }),
    );
    sessionId = randomUUID();
    const async = { headers: { prefer: 'respond-async' } };
    for (let i = 0; i < 3; i++) expect((await send(async)).status).toBe(202);
    const { status, body, headers } = await send(async);
    expect({ status, code: body.code, retryAfter: headers.get('retry-after') }).toEqual({
      status: 429,
      code: 'SESSION_BUSY',
      retryAfter: '5',
    });
    sessionId = randomUUID();
    expect((await send(async)).status).toBe(202);
  });
});

describe('sessions of others', () => {
  test.each([
    ['POST', '/send', { to: '919876543210', message: 'Hello' }],
    ['POST', '/connect', undefined],
    ['DELETE', '', undefined],
    ['GET', '/qr', undefined],
  ])(
    '%s %s answers as if there were no such session, also when it is cached for its owner',
    async (method, path, body) => {
      expect((await send()).status).toBe(202);
      const stranger = await harness.issuer.token(randomUUID());
      harness.commands.length = 0;
      const [theirs, nobodys] = await Promise.all(
        [sessionId, randomUUID()].map(async (id) => {
          const { status, body: error } = await api(`/api/sessions/${id}${path}`, { method, body, token: stranger });
          const { requestId: _, ...rest } = error;
          return { status, ...rest };
        }),
      );
      expect(theirs).toEqual(nobodys);
      expect(theirs).toMatchObject({ status: 404, code: 'SESSION_NOT_FOUND' });
      expect(harness.commands).toEqual([]);
    },
  );

  test('a deleted session is forgotten when its event is seen', async () => {
    expect((await send()).status).toBe(202);
    harness.sessions.get(tenant)!.delete(sessionId);
    await harness.publishEvent(subjects.event('session', tenant, sessionId), {
      id: randomUUID(),
      type: 'SessionDeleted',
      v: 1,
      version: 2,
      tenant,
      at: new Date().toISOString(),
      correlationId: 'c',
      causationId: 'c',
      data: { sessionId },
    });
    await eventually(async () => expect((await send()).status).toBe(404));
  });

  test('a session that analytics does not know yet is asked for again', async () => {
    const late = randomUUID();
    sessionId = late;
    expect((await send()).status).toBe(404);
    harness.sessions.get(tenant)!.set(late, 'sandbox');
    expect((await send()).status).toBe(202);
  });
});
