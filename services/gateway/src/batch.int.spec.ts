import { randomUUID } from 'node:crypto';
import { eventually } from '@wam/testkit';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { call } from './testing/call.ts';
import { type Harness, startHarness } from './testing/harness.ts';

let harness: Harness;
let tenant: string;
let token: string;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(async () => {
  await harness?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  tenant = randomUUID();
  token = await harness.issuer.token(tenant);
  harness.forgetScripts();
});

const messages = (count: number) => Array.from({ length: count }, (_, n) => ({ to: '919876543210', message: `${n}` }));
const send = (sessionId: string, count: number) =>
  call(harness.gateway.address, `/api/sessions/${sessionId}/messages/batch`, {
    token,
    body: { messages: messages(count) },
  });

test('a batch is stored as one command per message, in the order of the request, with time for all of them', async () => {
  const sessionId = harness.addSession(tenant);
  const { status, body } = await send(sessionId, 3);
  expect({ status, body }).toMatchObject({ status: 202, body: { success: true, accepted: 3 } });
  const commands = await eventually(() => {
    if (harness.commands.length < 3) throw new Error('not all there yet');
    return harness.commands;
  });
  expect(commands.map(({ id }) => id)).toEqual(body.messages.map((row: { messageId: string }) => row.messageId));
  expect(commands.map(({ data }) => (data as { text: string }).text)).toEqual(['0', '1', '2']);
  for (const { at, notAfter } of commands) expect(Date.parse(notAfter!) - Date.parse(at)).toBe(600_000);
});

test('a batch that does not fit into the queue is answered row by row, and costs what was stored', async () => {
  // Nobody takes commands from this pool, and the queue holds three.
  const sessionId = harness.addSession(tenant, 'whatsapp');
  const { status, body } = await send(sessionId, 5);
  expect({ status, body }).toMatchObject({ status: 202, body: { success: false, accepted: 3 } });
  const rejected = { to: '919876543210', status: 'rejected', code: 'SESSION_BUSY' };
  expect(body.messages.slice(3)).toEqual([rejected, rejected]);
  await eventually(() => expect(harness.accounts.messagesUsed(tenant)).toBe(3));

  const { status: full, body: error, headers } = await send(sessionId, 2);
  expect({ full, code: error.code, retryAfter: headers.get('retry-after') }).toEqual({
    full: 429,
    code: 'SESSION_BUSY',
    retryAfter: '5',
  });
});

test('a batch beyond the day is refused whole, before anything is stored', async () => {
  harness.accounts.set(tenant, { plan: 'trial' });
  const sessionId = harness.addSession(tenant);
  expect(await send(sessionId, 51)).toMatchObject({ status: 429, body: { code: 'DAILY_LIMIT_REACHED' } });
  expect(harness.commands).toEqual([]);
});

test('a batch for a session of somebody else is for no session', async () => {
  const sessionId = harness.addSession(randomUUID());
  expect(await send(sessionId, 1)).toMatchObject({ status: 404, body: { code: 'SESSION_NOT_FOUND' } });
});
