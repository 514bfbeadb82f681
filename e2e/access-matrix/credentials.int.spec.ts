/**
 * Every operation times every credential, over HTTP, on a gateway whose services refuse whatever reaches them with CONFLICT: that answer
 * means that the request was let through.
 */
import { randomUUID } from 'node:crypto';
import { type Network, type OperationDefinition, operationList } from '@wam/contracts';
import { answer, refuse } from '@wam/service-kit/nats';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call } from '../../services/gateway/src/testing/call.ts';
import { type Harness, startHarness } from '../../services/gateway/src/testing/harness.ts';
import { ownedFieldsOf, requestOf, unknownIds } from './rows.ts';

let harness: Harness;
let tenant: string;
/** One session on each network; every message belongs to the one that is asked about. */
let sessions: Record<Network, string>;
let asked: Network = 'sandbox';
let tokens: Record<'own' | 'expired' | 'revoked' | 'readOnly' | 'test', string>;
beforeAll(async () => {
  harness = await startHarness();
  tenant = randomUUID();
  sessions = { sandbox: harness.addSession(tenant), whatsapp: harness.addSession(tenant, 'whatsapp') };
  const route = () => ({ sessionId: sessions[asked], network: asked, pool: asked });
  harness.answers.set('firstSession', () => answer(200, { session: route(), sessionsEver: 1 }));
  harness.answers.set('defaultSession', () => answer(200, { sessionId: sessions[asked] }));
  harness.answers.set('failedMessageRoute', () => answer(200, route()));
  harness.engine.answer = () => refuse({ code: 'CONFLICT' });
  const secondsAgo = Math.floor(Date.now() / 1000) - 1;
  tokens = {
    own: await harness.issuer.token(tenant),
    expired: await harness.issuer.token(tenant, { claims: { exp: secondsAgo } }),
    revoked: harness.accounts.addKey(tenant),
    readOnly: harness.accounts.addKey(tenant, { scopes: ['read'] }),
    test: harness.accounts.addKey(tenant, { mode: 'test' }),
  };
  harness.accounts.revokeKey(tokens.revoked);
});
afterAll(async () => {
  await harness?.[Symbol.asyncDispose]();
});

async function ask(operation: OperationDefinition, token: string | undefined, network: Network = 'sandbox') {
  asked = network;
  harness.requests.length = 0;
  harness.commands.length = 0;
  const { method, path, body } = requestOf(operation, { ...unknownIds, sessionId: sessions[network] });
  const { status, body: answered } = await call(harness.gateway.address, path, {
    method,
    body,
    ...(token === undefined ? {} : { token }),
  });
  const reached = harness.commands.length > 0 || harness.requests.some((request) => request.operation === operation.id);
  return { status, code: answered.code as string, body: { ...answered, requestId: '' }, reached };
}
/** A batch waits for nobody's answer. */
const letThrough = ({ id, route }: OperationDefinition) => {
  // The gateway has the feed itself, and asks nobody.
  if (route.via === 'feed') return { status: 200, code: undefined };
  return id === 'sendMessageBatch' ? { status: 202, code: undefined } : { status: 409, code: 'CONFLICT' };
};
const rows = (auth: OperationDefinition['auth']) =>
  operationList.filter((operation) => operation.auth === auth).map((operation) => [operation.id, operation] as const);

describe.each(rows('account'))('%s', (_id, operation) => {
  test('takes the token of a user', async () => {
    expect(await ask(operation, tokens.own)).toMatchObject(letThrough(operation));
  });

  test('refuses no token, an expired one and a revoked key, all in the same words, and nothing of it gets further', async () => {
    const refusals = [undefined, tokens.expired, tokens.revoked].map((token) => ask(operation, token));
    for (const refusal of await Promise.all(refusals)) {
      expect(refusal).toEqual({ status: 401, code: 'UNAUTHORIZED', body: unauthorized, reached: false });
    }
  });

  const mayRead = operation.scope === 'read' && operation.usersOnly !== true;
  test(`${mayRead ? 'takes' : 'refuses'} a read-only key`, async () => {
    const { status, code, reached } = await ask(operation, tokens.readOnly);
    if (mayRead) expect({ status, code }).toEqual(letThrough(operation));
    else expect({ status, code, reached }).toEqual({ status: 403, code: 'SCOPE_MISSING', reached: false });
  });

  test(`${aboutSession(operation) ? 'refuses a test key on a live session' : 'names no session, or a new one'}`, async () => {
    const { status, code, reached } = await ask(operation, tokens.test, 'whatsapp');
    if (operation.usersOnly) expect({ status, code }).toEqual({ status: 403, code: 'SCOPE_MISSING' });
    else if (aboutSession(operation))
      expect({ status, code, reached }).toEqual({ status: 403, code: 'TEST_KEY_ON_LIVE_SESSION', reached: false });
    else expect({ status, code }).toEqual(letThrough(operation));
  });
});

describe.each(rows('public'))('%s', (_id, operation) => {
  test('needs no token, and a bad one does not matter', async () => {
    for (const token of [undefined, tokens.expired])
      expect(await ask(operation, token)).toMatchObject(letThrough(operation));
  });
});

const unauthorized = {
  error: 'Unauthorized',
  message: expect.any(String),
  code: 'UNAUTHORIZED',
  requestId: '',
  docUrl: expect.stringMatching(/UNAUTHORIZED$/),
};
/** By a field, or by the choice that the contract makes for it. */
function aboutSession(operation: OperationDefinition): boolean {
  const { route } = operation;
  const chosen = 'session' in route && route.session !== undefined && route.session !== 'new';
  return chosen || ownedFieldsOf(operation).some(({ name }) => name === 'sessionId');
}
