/** WhatsApp lets a session start no new chats (463): what becomes of the messages that its campaigns gave it, and of those that follow. */
import type { AnswerOf, AnyEvent, bulkSend, CampaignView } from '@wam/contracts';
import { type Clock, type Service, systemClock } from '@wam/service-kit';
import { eventually } from '@wam/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CampaignHarness, numbers, startCampaignHarness } from './campaign-harness.ts';
import { answerAsEngine, newSession, outcomeEvent, type TestSession } from './neighbours.ts';

const until = '2999-01-01T00:00:00.000Z';
const pace = { messagesPerMinute: 6000, burst: 20, jitter: 0 };
const [refusing, interrupted, lost] = [newSession(), newSession(), newSession()];
const known = { ...newSession(), restrictedUntil: until };

let harness: CampaignHarness;
let dispatcher: Service;
let aheadMs = 0;
const clock: Clock = { ...systemClock, now: () => systemClock.now() + aheadMs };
beforeAll(async () => {
  harness = await startCampaignHarness([refusing, interrupted, lost, known]);
  dispatcher = await harness.start(clock);
});
afterAll(async () => {
  await dispatcher?.stop();
  await harness?.[Symbol.asyncDispose]();
});

const given = (session: TestSession, count: number) =>
  eventually(() => {
    const commands = harness.commands.of(session);
    expect(commands.length).toBeGreaterThanOrEqual(count);
    return Promise.resolve(commands);
  });
const tell = (session: TestSession, { type, data }: AnyEvent) =>
  harness.publish(session, 'message', type, data as object);
const restrict = (session: TestSession) => harness.publish(session, 'session', 'SessionRestricted', { until });
const allow = (session: TestSession) => harness.publish(session, 'session', 'SessionUnrestricted');
const bulk = (session: TestSession, contacts: string[]) =>
  harness.ask('bulkSend', session.tenant, { body: { contacts, message: 'Offer', delay: 0 } });

describe('a restricted session', () => {
  it('gives back what WhatsApp refused: the campaign pauses with reason and end, and sends to each once when it goes on', async () => {
    const { tenant } = refusing;
    const contacts = numbers(30);
    const { campaignId } = await harness.get<CampaignView>('createCampaign', tenant, {
      body: { message: 'Hello', contacts, pace, start: true },
    });
    const first = await given(refusing, 20);
    // The first five arrived, and the engine knows of the restriction before it tells of the refusals.
    for (const command of first.slice(0, 5)) await tell(refusing, outcomeEvent(command));
    await restrict(refusing);
    for (const command of first.slice(5, 20)) await tell(refusing, outcomeEvent(command, 'RECIPIENT_RESTRICTED'));
    const paused = await harness.until(tenant, campaignId, { status: 'paused', sent: 5 });
    expect(paused).toMatchObject({ reason: { code: 'SESSION_RESTRICTED' }, nextSendAt: until });
    const open = { params: { campaignId }, query: { state: 'pending' } };
    await eventually(async () => {
      const { data } = await harness.get<{ data: unknown[] }>('listCampaignRecipients', tenant, open);
      // Whatever it was given between the refusals is still under way.
      expect(data.length).toBe(30 - 5 - (harness.commands.of(refusing).length - 20));
    });
    const again = harness.commands.of(refusing).slice(20);
    for (const command of again) await tell(refusing, outcomeEvent(command, 'RECIPIENT_RESTRICTED'));
    const engine = answerAsEngine(harness.nats);
    // What the server sent before it knew of the engine is among the commands behind this; what both see counts once.
    await harness.nats.flush();
    // Reserved before the pause, and on the bus only now.
    for (const command of harness.commands.of(refusing).slice(20 + again.length))
      await tell(refusing, outcomeEvent(command));
    await allow(refusing);
    await harness.until(tenant, campaignId, { status: 'completed', sent: 30, failed: 0 });
    engine.stop();
    const after = harness.commands.of(refusing).slice(20 + again.length);
    expect(after.map(({ data }) => data.to).toSorted()).toEqual(contacts.slice(5));
    const ids = harness.commands.of(refusing).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('is refused to a bulk send, with the time of its end', async () => {
    expect(await bulk(known, numbers(3))).toMatchObject({
      ok: false,
      code: 'SESSION_RESTRICTED',
      message: expect.stringContaining(until),
      details: { until },
    });
    expect(harness.commands.of(known)).toEqual([]);
  });

  it('in the middle of a bulk send: its caller is told why the rest waits, however long; then it goes on', async () => {
    const waiting = bulk(interrupted, numbers(25));
    const first = await given(interrupted, 20);
    await restrict(interrupted);
    for (const command of first) await tell(interrupted, outcomeEvent(command, 'RECIPIENT_RESTRICTED'));
    const reply = await waiting;
    const { campaignId, reason } = (reply as { body: AnswerOf<typeof bulkSend, 202> }).body;
    expect(reply).toMatchObject({ ok: true, status: 202 });
    expect(reason).toMatchObject({ code: 'SESSION_RESTRICTED', message: expect.stringContaining(until) });

    // One that waits for a connection fails at its deadline, ten minutes after it should have been sent.
    const other = bulk(lost, numbers(3));
    await given(lost, 3);
    await harness.publish(lost, 'session', 'SessionDisconnected', { cause: 'logged-out' });
    const { body } = (await other) as { body: { campaignId: string } };
    aheadMs += 30 * 60_000;
    await harness.until(lost.tenant, body.campaignId, { status: 'completed', failed: 3 });
    expect(await harness.campaign(interrupted.tenant, campaignId)).toMatchObject({
      ...{ status: 'paused', failed: 0, nextSendAt: until },
      reason: { code: 'SESSION_RESTRICTED' },
    });
    const engine = answerAsEngine(harness.nats);
    await allow(interrupted);
    await harness.until(interrupted.tenant, campaignId, { status: 'completed', sent: 25, failed: 0 });
    engine.stop();
  });
});
