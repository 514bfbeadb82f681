/** Several processes, and processes that die. */
import { eventually } from '@wam/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Harness, newAccount, startHarness } from './testing/harness.ts';
import { type Receiver, startReceiver } from './testing/receiver.ts';
import { createActions } from './testing/webhook-actions.ts';
import { spawnWebhooks } from './testing/webhook-process.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(async () => {
  await harness?.[Symbol.asyncDispose]();
});
const { createWebhook, createSession } = createActions(() => harness);

/** In the order in which each arrived first. */
const distinct = (receiver: Receiver): string[] => [...new Set(receiver.accepted.map(({ payload }) => payload.id))];
/** KILLS=10 EVENTS=5000 for the long version. */
const kills = Number(process.env.KILLS ?? 3);
const events = Number(process.env.EVENTS ?? 300);

it(`${events} events reach every webhook though the process is killed ${kills} times`, async () => {
  await using loose = await startReceiver();
  await using strict = await startReceiver();
  const owner = newAccount();
  const env = { ...harness.env, WEBHOOK_LEASE: '1s' };
  const first = await harness.start({ env });
  const sessionId = await createSession(owner);
  await createWebhook(owner, loose);
  await createWebhook(owner, strict, { ordered: true });
  await first.stop();

  const sent: string[] = [];
  for (let i = 0; i < events; i++) sent.push(await harness.receive(owner.tenant, sessionId, `message ${i}`));
  // Slow enough for the kills to fall among deliveries.
  for (const receiver of [loose, strict])
    receiver.behave((response) => setTimeout(() => response.writeHead(200).end(), 2));
  for (let kill = 1; kill <= kills; kill++) {
    await using child = spawnWebhooks(env);
    const wanted = Math.floor((events * kill) / (kills + 1));
    await eventually(() => expect(distinct(strict).length).toBeGreaterThanOrEqual(wanted), { timeoutMs: 30_000 });
    await child.kill();
  }
  await harness.start({ env });
  for (const receiver of [loose, strict])
    await eventually(() => expect(distinct(receiver)).toHaveLength(events), { timeoutMs: 30_000 });
  expect(distinct(loose).toSorted()).toEqual(sent.toSorted());
  expect(distinct(strict)).toEqual(sent);
  const repeated = loose.accepted.length - events;
  if (process.env.KILLS !== undefined)
    console.log(`sent again after ${kills} kills: ${repeated} and, in order, ${strict.accepted.length - events}`);
  // What was under way at each kill, and its outcomes that were not committed yet.
  expect(repeated).toBeLessThanOrEqual(kills * 200);
}, 600_000);

it('two processes share the webhooks and send nothing twice', async () => {
  const owners = Array.from({ length: 6 }, newAccount);
  const receivers = await Promise.all(owners.map(startReceiver));
  await harness.start();
  await harness.start();
  const sessions = await Promise.all(owners.map((owner) => createSession(owner)));
  for (const [i, owner] of owners.entries()) await createWebhook(owner, receivers[i]!, { ordered: i % 2 === 0 });
  const sent = owners.map((): string[] => []);
  for (let n = 0; n < 50; n++)
    for (const [i, { tenant }] of owners.entries())
      sent[i]!.push(await harness.receive(tenant, sessions[i]!, `message ${n}`));
  for (const [i, receiver] of receivers.entries()) {
    await eventually(() => expect(receiver.accepted).toHaveLength(50));
    const ids = receiver.accepted.map(({ payload }) => payload.id);
    if (i % 2 === 0) expect(ids).toEqual(sent[i]);
    else expect(ids.toSorted()).toEqual(sent[i]!.toSorted());
    await receiver[Symbol.asyncDispose]();
  }
});
