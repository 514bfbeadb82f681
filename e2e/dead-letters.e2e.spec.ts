import { randomBytes } from 'node:crypto';
import { defaultPartitionCount, sessionAddress, subjects } from '@wam/contracts';
import { connectNats, createPublisher } from '@wam/service-kit/nats';
import { createDatabase, sql } from '@wam/service-kit/postgres';
import { createTestDatabase, eventually, startTestNats } from '@wam/testkit';
import { expect, it } from 'vitest';
import type { DeadLetter, ShownLetter } from '../apps/wam/src/commands/dead-letters.ts';
import { runWam } from '../apps/wam/test/launched-platform.ts';
import { linkSession, startPlatform, temporaryFolder, until } from './platform.ts';
import { startWebhookReceiver } from './webhook-receiver.ts';

const recipient = '919812350001';

it('a command that cannot be carried out waits for an operator, holds up nobody, and is carried out once its cause is gone', async () => {
  await using folder = await temporaryFolder();
  await using cleanUp = new AsyncDisposableStack();
  const bus = await startTestNats();
  cleanUp.defer(() => bus.stop());
  const database = await createTestDatabase();
  cleanUp.defer(() => database.drop());
  const env = {
    NATS_URL: bus.url,
    DATABASE_URL: database.url,
    WAM_KEK: randomBytes(32).toString('base64'),
    WAM_DATA_DIR: folder.path,
    WEBHOOK_ALLOW: '127.0.0.1',
  };
  await using platform = await startPlatform(folder.path, env);
  const { client } = platform;
  const receiver = cleanUp.use(await startWebhookReceiver());
  await client.createWebhook({ body: { url: receiver.url, eventTypes: ['message.status'] } });
  const poisoned = platform.ready.sessionId;
  const { sessionId: healthy } = await linkSession(client);
  const dlq = (...args: string[]) => runWam(['dlq', ...args], env);
  const letters = async () => JSON.parse((await dlq('list', '--json')).stdout) as DeadLetter[];
  const untilLetters = (count: number) =>
    eventually(
      async () => {
        const found = await letters();
        expect(found).toHaveLength(count);
        return found;
      },
      { timeoutMs: 20_000 },
    );
  const sendLater = (sessionId: string, message: string) =>
    client.sendMessage(
      { params: { sessionId }, body: { to: recipient, message } },
      { headers: { prefer: 'respond-async' } },
    );

  // As a fault in a release would: rows of one session are refused, for another reason than a database that is away.
  const db = createDatabase({ url: database.url, schema: 'engine', applicationName: 'test' });
  cleanUp.defer(() => db.destroy());
  await sql`alter table outbound add constraint poison check (session_id <> ${sql.lit(poisoned)})`.execute(db);

  const [accepted, wellAccepted] = await Promise.all([
    sendLater(poisoned, 'through the dead letters'),
    sendLater(healthy, 'beside it'),
  ]);
  const [letter] = await untilLetters(1);
  expect(letter).toMatchObject({ type: 'SendMessage', pool: 'sandbox', sessionId: poisoned });
  expect(letter?.reason).toMatch(/cannot be stored: .*poison/);
  // Whoever holds the 202 sees it as accepted meanwhile.
  const held = await client.getMessage({ params: { messageId: accepted.messageId! } });
  expect(held).toMatchObject({ status: 'accepted', to: recipient, text: 'through the dead letters' });
  const healthyParams = { messageId: wellAccepted.messageId };
  await until('the other is sent', async () => (await client.getMessage({ params: healthyParams })).status === 'read');
  const shown = JSON.parse((await dlq('show', String(letter?.seq), '--json')).stdout) as ShownLetter;
  expect(shown.command).toMatchObject({ id: accepted.messageId, data: { text: 'through the dead letters' } });

  // The cause is still there: it comes back as another letter.
  expect(await dlq('replay', String(letter?.seq))).toMatchObject({ exitCode: 0, stdout: `replayed: ${letter?.seq}\n` });
  const [again] = await eventually(async () => {
    const found = await untilLetters(1);
    expect(found[0]?.seq).not.toBe(letter?.seq);
    return found;
  });
  expect(again?.reason).toMatch(/cannot be stored/);

  // Given up: whoever holds the 202 reads how it ended, and has the message of the day again.
  const usedToday = async () => (await client.getMe()).usage.messagesToday;
  const used = await usedToday();
  const unwanted = await sendLater(poisoned, 'given up');
  const unwantedLetter = (await untilLetters(2)).at(-1)!;
  expect(await dlq('drop', String(unwantedLetter.seq))).toMatchObject({ stdout: `dropped: ${unwantedLetter.seq}\n` });
  await until('message failed', async () => {
    const message = await client.getMessage({ params: { messageId: unwanted.messageId } }).catch(() => undefined);
    return message?.status === 'failed' && message.error?.code === 'MESSAGE_DROPPED' && message.to === recipient;
  });
  await until('its message of the day', async () => (await usedToday()) === used);
  await until('its event and its delivery', async () => {
    const { events } = await client.listEvents({ query: { limit: 100 } });
    const ofFeed = events.filter(({ data }) => 'messageId' in data && data.messageId === unwanted.messageId);
    const told = receiver.received.filter(({ body }) => body.includes(unwanted.messageId!));
    return (
      [...ofFeed.map((event) => JSON.stringify(event)), ...told.map(({ body }) => body)].filter((body) =>
        body.includes('MESSAGE_DROPPED'),
      ).length === 2
    );
  });

  await sql`alter table outbound drop constraint poison`.execute(db);
  expect(await dlq('replay', '--all')).toMatchObject({ stdout: `replayed: ${again?.seq}\n` });
  const params = { messageId: accepted.messageId };
  await until('message read', async () => {
    const message = await client.getMessage({ params }).catch(() => undefined);
    return message?.status === 'read';
  });
  const { messages } = await client.getInbox({ params: { number: recipient } });
  expect(messages.filter(({ text }) => text === 'through the dead letters')).toMatchObject([{ copies: 1 }]);
  expect(await letters()).toEqual([]);

  // What nobody will ever be able to read is forgotten.
  const nc = await connectNats({ url: bus.url, name: 'test' });
  cleanUp.defer(() => nc.close());
  const publisher = createPublisher(nc);
  const { userId: tenant } = await client.getMe();
  const address = sessionAddress({ pool: 'sandbox', tenant, sessionId: healthy }, defaultPartitionCount);
  await publisher.publish(subjects.command(address), '{"broken');
  publisher.close();
  const [unreadable] = await untilLetters(1);
  expect(unreadable).toMatchObject({ type: 'unreadable', reason: 'not JSON', sessionId: healthy });
  expect(await dlq('drop', String(unreadable?.seq))).toMatchObject({ stdout: `dropped: ${unreadable?.seq}\n` });
  expect(await letters()).toEqual([]);
  const { success } = await client.sendMessage({
    params: { sessionId: healthy },
    body: { to: recipient, message: 'on' },
  });
  expect(success).toBe(true);
});
