import { randomUUID } from 'node:crypto';
import { busHeaders, streams, subjects } from '@wam/contracts';
import { newUlid } from '@wam/service-kit';
import {
  connectNats,
  createPublisher,
  ensureStreams,
  lastSequenceOf,
  type NatsConnection,
  readMessage,
} from '@wam/service-kit/nats';
import { startTestNats, type TestNats } from '@wam/testkit';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { runWam } from '../../test/launched-platform.ts';
import {
  type DeadLetter,
  dropDeadLetters,
  listDeadLetters,
  replayDeadLetters,
  type ShownLetter,
} from './dead-letters.ts';

let nats: TestNats;
let nc: NatsConnection;
let env: Record<string, string>;
const session = { pool: 'sandbox', tenant: randomUUID(), sessionId: randomUUID() };
const address = { ...session, partition: 7 };

beforeAll(async () => {
  nats = await startTestNats();
  env = { NATS_URL: nats.url };
  nc = await connectNats({ url: nats.url, name: 'test' });
  await ensureStreams(nc);
});
afterAll(async () => {
  await nc?.close();
  await nats?.stop();
});
beforeEach(() => dropDeadLetters(env, 'all'));

async function bury(command: string): Promise<number> {
  const publisher = createPublisher(nc);
  const headers = { [busHeaders.type]: 'SendMessage', [busHeaders.deadReason]: 'data does not match its schema' };
  await publisher.publish(subjects.deadLetter(address), command, { msgId: newUlid(), headers });
  publisher.close();
  return (await listDeadLetters(env, 1))[0]!.seq;
}
/** The last command of the session; a work queue cannot be read through. */
async function lastCommand() {
  const seq = await lastSequenceOf(nc, streams.commands.name, subjects.command(address));
  return readMessage(nc, streams.commands.name, seq);
}

test('an operator sees dead letters with their reason, and one of them in whole', async () => {
  const seq = await bury('{"type":"SendMessage","data":{"to":"1"}}');
  const list = await runWam(['dlq', 'list', '--json'], env);
  expect(JSON.parse(list.stdout) as DeadLetter[]).toEqual([
    { seq, at: expect.any(String), type: 'SendMessage', reason: 'data does not match its schema', ...session },
  ]);
  const shown = JSON.parse((await runWam(['dlq', 'show', String(seq)], env)).stdout) as ShownLetter;
  expect(shown).toMatchObject({ seq, command: { data: { to: '1' } }, headers: { 'Wam-Type': 'SendMessage' } });
});

test('a replayed letter is a command of its session again, and a letter no more', async () => {
  const seq = await bury('{"n":1}');
  expect(await runWam(['dlq', 'replay', String(seq)], env)).toMatchObject({
    exitCode: 0,
    stdout: `replayed: ${seq}\n`,
  });
  expect(await listDeadLetters(env, 10)).toEqual([]);
  const command = await lastCommand();
  expect(Buffer.from(command!.data).toString()).toBe('{"n":1}');
  expect(command!.headers).not.toHaveProperty(busHeaders.deadReason);
});

test('a wrong number changes nothing, and is told', async () => {
  const seq = await bury('{"n":2}');
  const before = await lastCommand();
  await expect(replayDeadLetters(env, [seq, 999_999])).rejects.toThrow('there is no dead letter 999999');
  expect(await listDeadLetters(env, 10)).toHaveLength(1);
  expect(await lastCommand()).toEqual(before);
  expect(await runWam(['dlq', 'drop'], env)).toMatchObject({
    exitCode: 1,
    stderr: 'wam: name dead letters by their numbers, or --all\n',
  });
});
