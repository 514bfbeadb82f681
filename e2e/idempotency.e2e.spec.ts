/** Requests under an Idempotency-Key through the whole platform, its restarts and its death. */
import { randomUUID } from 'node:crypto';
import type { Client } from '@wam/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Platform, startPlatform, temporaryFolder, until } from './platform.ts';

/** Short, so that what a killed gateway has begun is free again soon: 3 s + 1 s + 5 s. */
const settings = { COMMAND_WAIT_LIMIT: '3s', PUBLISH_TIMEOUT: '1s', RATE_LIMIT_GENERAL: '100000/15m' };
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let platform: Platform;
let sessionId: string;
let phone: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  platform = await startPlatform(folder.path, settings);
  ({ sessionId, phone } = platform.ready);
}, 90_000);
afterAll(async () => {
  await platform?.[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});
const client = (): Client => platform.client;

interface Answer {
  status: number;
  text: string;
  replayed: boolean;
}
async function post(path: string, key: string, body: unknown): Promise<Answer> {
  const response = await fetch(platform.url + path, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${platform.ready.token}`,
      'content-type': 'application/json',
      'idempotency-key': key,
    },
    body: JSON.stringify(body),
  });
  const { status, headers } = response;
  return { status, text: await response.text(), replayed: headers.get('idempotent-replayed') === 'true' };
}
/** Whoever was first may take longer than the others wait, or have died: then they are told to come again. */
const untilAnswered = (ask: () => Promise<Answer>): Promise<Answer> =>
  until('an answer', async () => {
    const answer = await ask();
    if (!answer.text.includes('IDEMPOTENCY_IN_PROGRESS')) return answer;
    expect(answer.status).toBe(409);
    return undefined;
  });
const send = (key: string, to: string, message = 'once') =>
  post(`/api/sessions/${sessionId}/send`, key, { to, message });
const inboxOf = async (number: string) => (await client().getInbox({ params: { number } })).messages;
const messageIdIn = ({ text }: Answer) => (JSON.parse(text) as { messageId: string }).messageId;

describe('the same request under the same key', () => {
  const to = '919876500201';
  const key = randomUUID();

  it('a hundred times at once reaches the recipient once, and all read the same', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => send(key, to)));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    const messageId = messageIdIn(answers[0]!);
    await until('read', async () => (await client().getMessage({ params: { messageId } })).status === 'read');
    expect(await inboxOf(to)).toMatchObject([{ text: 'once', copies: 1 }]);
    expect((await client().getMe()).usage.messagesToday).toBe(1);
  });

  it('reads the same, byte for byte, after a restart of every service, and another body is refused', async () => {
    const before = await send(key, to);
    await platform.stop();
    platform = await startPlatform(folder.path, settings);
    expect(await send(key, to)).toEqual({ ...before, replayed: true });
    expect(await send(key, to, 'twice')).toMatchObject({
      status: 409,
      text: expect.stringContaining('IDEMPOTENCY_KEY_REUSED'),
    });
    expect(await inboxOf(to)).toMatchObject([{ text: 'once', copies: 1 }]);
  });

  it('reaches the recipient once when everything is killed between the effect and its answer', async () => {
    const recipient = '919876500202';
    const mine = randomUUID();
    // The message is stored and on its way; its answer is still being waited for when the power goes.
    await client().injectFault({ body: { phone, kind: 'slow-lookups', delayMs: 60_000 } });
    const first = send(mine, recipient).catch(() => undefined);
    const { messageId } = await until('accepted', async () => {
      const { data } = await client().listMessages({ query: { recipient } });
      return data[0];
    });
    await platform.kill();
    const answered = await first;

    platform = await startPlatform(folder.path, settings);
    const repeat = await untilAnswered(() => send(mine, recipient));
    expect([200, 202]).toContain(repeat.status);
    expect(messageIdIn(repeat)).toBe(messageId);
    if (answered !== undefined) expect(repeat).toEqual({ ...answered, replayed: true });
    await until('read', async () => (await client().getMessage({ params: { messageId } })).status === 'read');
    expect(await inboxOf(recipient)).toMatchObject([{ text: 'once', copies: 1 }]);
    expect(await send(mine, recipient)).toEqual({ ...repeat, replayed: true });
    expect((await client().getMessageStats()).totals.total).toBe(2);
    expect((await client().getMe()).usage.messagesToday).toBe(2);
  });

  it('makes one session, one campaign and one API key', async () => {
    const contacts = ['919876500203', '919876500204'];
    const requests: [string, unknown][] = [
      ['/api/sessions', { name: 'Second' }],
      ['/api/whatsapp/bulk-send', { contacts, message: 'Offer', delay: 0, sessionId }],
      ['/api/keys', { name: 'CRM' }],
      ['/sandbox/messages', { from: '919876500205', to: phone, message: 'Hello' }],
    ];
    const sessionsBefore = (await client().listSessions()).total;
    for (const [path, body] of requests) {
      const mine = randomUUID();
      const answers = await Promise.all(Array.from({ length: 5 }, () => untilAnswered(() => post(path, mine, body))));
      expect(answers[0]!.status, answers[0]!.text).toBeLessThan(300);
      expect(new Set(answers.map(({ text }) => text)).size, path).toBe(1);
    }
    expect((await client().listSessions()).total).toBe(sessionsBefore + 1);
    expect((await client().listApiKeys()).total).toBe(1);
    for (const number of contacts)
      await until(
        'arrived',
        async () => (await inboxOf(number)).length > 0 && (await inboxOf(number))[0]?.copies === 1,
      );
    // The recipient may have it a moment before the log does.
    const listed = async () => (await client().listMessages({ query: { recipient: contacts[0]! } })).data;
    await until('listed', async () => (await listed()).length > 0);
    expect(await listed()).toHaveLength(1);
  });
});
