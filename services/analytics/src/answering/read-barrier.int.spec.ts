import { randomUUID } from 'node:crypto';
import { internalRequests, type ServiceReply, userPrincipal } from '@wam/contracts';
import { systemClock } from '@wam/service-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bodyOf, type Harness, startHarness } from '../testing/harness.ts';
import { instant, messageEvent, messageIdOf } from '../testing/histories.ts';
import { createHandlers } from './handlers.ts';
import { createOperatorHandlers } from './operator-handlers.ts';
import type { ReadBarrier } from './read-barrier.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
  await harness.start();
});
afterAll(() => harness[Symbol.asyncDispose]());

const sessionId = randomUUID();
let number = 0;

/** @returns the id of a message that the log has accepted now */
async function accept(tenant: string): Promise<string> {
  const ids = { sessionId, messageId: messageIdOf(++number), waMessageId: `3EB0${number}` };
  const acceptedAt = instant(number);
  await harness.publish(messageEvent('MessageAccepted', acceptedAt, { ...ids, acceptedAt, sealed: 'x' }, tenant));
  return ids.messageId;
}

/** What is answered behind a barrier of the caller's. */
function askBehind(
  barrier: ReadBarrier,
  operation: string,
  tenant: string,
  { params = {}, query = {} }: { params?: Record<string, string>; query?: Record<string, unknown> },
): Promise<ServiceReply> | ServiceReply {
  const findWaiting = async () => undefined;
  const handlers = createHandlers({ db: harness.db, barrier, clock: systemClock, open: () => undefined, findWaiting });
  const principal = userPrincipal(tenant, 'a@example.com', 'trial');
  return handlers[operation]!({ operation, requestId: 'r', principal, params, query });
}

const open: ReadBarrier = async () => true;
const givesWay: ReadBarrier = async () => false;

it('whoever asks right after a write is shown it, every time', async () => {
  const tenant = randomUUID();
  for (let i = 0; i < 100; i++) {
    const messageId = await accept(tenant);
    const reply = await harness.ask('getMessage', tenant, { params: { messageId } });
    expect(reply).toMatchObject({ ok: true, body: { messageId } });
  }
});

it('while the read models are behind, nobody is told that what is not projected yet does not exist', async () => {
  const tenant = randomUUID();
  const messageId = messageIdOf(number + 1);
  const ask = (barrier: ReadBarrier) => askBehind(barrier, 'getMessage', tenant, { params: { messageId } });
  expect(await ask(givesWay)).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  expect(await ask(open)).toMatchObject({ code: 'MESSAGE_NOT_FOUND' });
  const catchesUp: ReadBarrier = async (patienceMs) => {
    if (patienceMs === undefined) return false;
    await accept(tenant);
    bodyOf(await harness.ask('getMessage', tenant, { params: { messageId } }));
    return true;
  };
  expect(await ask(catchesUp)).toMatchObject({ ok: true, body: { messageId } });
});

it('a message that has just left the queue is not said to be missing by read models that fell behind meanwhile', async () => {
  const answers = [true, false];
  const fallsBehind: ReadBarrier = async () => answers.shift() ?? false;
  const params = { messageId: messageIdOf(999_999) };
  expect(await askBehind(fallsBehind, 'getMessage', randomUUID(), { params })).toMatchObject({
    code: 'SERVICE_UNAVAILABLE',
  });
});

it('an answer that may be an old one says so', async () => {
  const tenant = randomUUID();
  await accept(tenant);
  const ask = (barrier: ReadBarrier) => askBehind(barrier, 'listMessages', tenant, { query: { limit: 10 } });
  expect(await ask(givesWay)).toMatchObject({ ok: true, headers: { 'Stale-Answer': 'true' } });
  expect(await ask(open)).not.toHaveProperty('headers');
});

it('nothing is erased or moved while something may be missing', async () => {
  const rebuilds = { start: async () => true, statusOf: async () => undefined };
  const handlers = createOperatorHandlers({ db: harness.db, rebuilds, barrier: givesWay });
  const body = { tenant: randomUUID(), address: '919876500001' };
  for (const operation of [internalRequests.eraseContact, internalRequests.sessionPlaces])
    expect(await handlers[operation]!({ operation, requestId: 'r', params: {}, query: {}, body })).toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
});
