/** WhatsApp lets a phone start no new chats for a time: how the session learns of it, and of its end. */
import { streams } from '@wam/contracts';
import { readSubject } from '@wam/service-kit/nats';
import { eventually } from '@wam/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Harness, startHarness } from '../test-support/engine-harness.ts';

const me = '15551230001';
const until = '2999-01-01T00:00:00.000Z';
let harness: Harness;
let sessionId: string;
beforeAll(async () => {
  harness = await startHarness();
  await harness.startEngine();
  sessionId = await harness.pair(me);
});
afterAll(() => harness[Symbol.asyncDispose]());

const restrictions = async () =>
  (await harness.read('session', sessionId))
    .filter(({ type }) => type.endsWith('estricted'))
    .map(({ type, data }) => [type, (data as { until?: string }).until]);
const untilLast = (type: string, end?: string) =>
  eventually(async () => expect((await restrictions()).at(-1)).toEqual([type, end]));
const restrict = (end = until) =>
  harness.sandbox.injectFault({ kind: 'restrict', until: end, phone: me, owner: harness.tenant });
const allow = () => harness.sandbox.clearFaults({ phone: me, owner: harness.tenant });
async function whileAway(change: () => unknown): Promise<void> {
  const logins = harness.sandbox.logins({ phone: me }).length;
  harness.sandbox.disconnect({ phone: me, code: 428 });
  change();
  await eventually(() => expect(harness.sandbox.logins({ phone: me }).length).toBeGreaterThan(logins));
}

it('one refused recipient is no restriction: WhatsApp is asked, and says so', async () => {
  const { reply } = await harness.send(sessionId, '19990000004');
  expect(await reply).toMatchObject({ ok: false, code: 'RECIPIENT_RESTRICTED' });
  await eventually(() => expect(harness.sandbox.stanzas().received['iq w:mex get query']).toBeGreaterThan(0));
  expect(await restrictions()).toEqual([]);
});

it('a restriction is told when WhatsApp tells, and when it is lifted; known chats go on', async () => {
  await (await harness.send(sessionId, '15551230002')).reply;
  restrict();
  await untilLast('SessionRestricted', until);
  expect(await (await harness.send(sessionId, '15551230002')).reply).toMatchObject({ ok: true });
  expect(await (await harness.send(sessionId, '15551230003')).reply).toMatchObject({ code: 'RECIPIENT_RESTRICTED' });
  allow();
  await untilLast('SessionUnrestricted');
});

it('one that came while the session was away is learnt from the first refusal, with its end', async () => {
  await whileAway(() => restrict());
  expect(await (await harness.send(sessionId, '15551230004')).reply).toMatchObject({ code: 'RECIPIENT_RESTRICTED' });
  await untilLast('SessionRestricted', until);
  // In this order, so that a campaign can tell a restricted session from a refused recipient.
  const stored = await readSubject(harness.nc, {
    stream: streams.events.name,
    subject: `evt.*.${harness.tenant}.${sessionId}`,
  });
  const types = stored.map(({ data }) => (JSON.parse(Buffer.from(data).toString()) as { type: string }).type);
  // Receipts of earlier messages may lie in between.
  const told = types.filter((type) => type === 'SessionRestricted' || type === 'MessageFailed');
  expect(told.slice(-2)).toEqual(['SessionRestricted', 'MessageFailed']);
});

it('one that ended while the session was away is over with its next login', async () => {
  await whileAway(allow);
  await untilLast('SessionUnrestricted');
});

it('one is over with its time, though nobody says so', async () => {
  // WhatsApp tells seconds.
  const soon = new Date(Math.ceil(Date.now() / 1000) * 1000 + 1000).toISOString();
  restrict(soon);
  await untilLast('SessionRestricted', soon);
  await untilLast('SessionUnrestricted');
});
