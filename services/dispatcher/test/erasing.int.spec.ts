import type {
  AnswerOf,
  CampaignView,
  ContactErased,
  getCampaign,
  listCampaignRecipients,
  previewCampaign,
} from '@wam/contracts';
import { internalRequests, subjects } from '@wam/contracts';
import type { Service } from '@wam/service-kit';
import { createPublisher } from '@wam/service-kit/nats';
import { eventually } from '@wam/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CampaignHarness, numbers, startCampaignHarness } from './campaign-harness.ts';
import { answerAsEngine, newSession, notOnWhatsApp, outcomeEvent } from './neighbours.ts';

const fast = { messagesPerMinute: 6000, burst: 20, jitter: 0 };
const own = Array.from({ length: 5 }, () => newSession());
/** Nobody says what becomes of its messages but the spec. */
const silent = newSession();
const gone = '919876543210';

let harness: CampaignHarness;
let dispatcher: Service;
let engine: { stop(): void };

beforeAll(async () => {
  harness = await startCampaignHarness([...own, silent]);
  dispatcher = await harness.start();
});
afterAll(async () => {
  await dispatcher?.stop();
  engine?.stop();
  await harness?.[Symbol.asyncDispose]();
});

const create = (tenant: string, body: object) =>
  harness.get<AnswerOf<typeof getCampaign, 200>>('createCampaign', tenant, {
    body: { message: 'Hello {{name}}', pace: fast, ...body },
  });
const steer = (verb: string, tenant: string, { campaignId }: CampaignView) =>
  harness.get(`${verb}Campaign`, tenant, { params: { campaignId } });
const recipients = async (tenant: string, { campaignId }: CampaignView) =>
  (
    await harness.get<AnswerOf<typeof listCampaignRecipients, 200>>('listCampaignRecipients', tenant, {
      params: { campaignId },
    })
  ).data;
const erase = (tenant: string, phone = gone) =>
  harness.get<ContactErased>(internalRequests.eraseContact, tenant, { body: { tenant, address: phone } });
const erased = (of: Partial<ContactErased['erased']> = {}, underWay = 0): ContactErased => ({
  erased: { recipients: 0, 'list-rows': 0, suppressions: 0, ...of },
  underWay,
});
const named = (...list: string[]) => list.map((number) => ({ number, name: 'Asha' }));

describe('erasing a contact', () => {
  it('leaves alone what a session was handed, and takes it when that has ended', async () => {
    const { tenant } = silent;
    const campaign = await create(tenant, { contacts: named(gone), start: true });
    const [command] = await eventually(() => {
      const all = harness.commands.of(silent);
      expect(all).toHaveLength(1);
      return all;
    });
    await eventually(async () => expect(await recipients(tenant, campaign)).toMatchObject([{ state: 'queued' }]));
    expect(await erase(tenant)).toEqual(erased({}, 1));
    expect(await recipients(tenant, campaign)).toMatchObject([{ number: gone }]);

    const publisher = createPublisher(harness.nats);
    const event = outcomeEvent(command!);
    const subject = subjects.event('message', tenant, silent.sessionId);
    await publisher.publish(subject, JSON.stringify(event), { msgId: event.id });
    publisher.close();
    await harness.until(tenant, campaign.campaignId, { status: 'completed', sent: 1 });
    expect(await erase(tenant)).toEqual(erased({ recipients: 1 }));
    expect(await recipients(tenant, campaign)).toMatchObject([{ number: '', state: 'sent' }]);
    expect(await erase(tenant)).toEqual(erased());
    // The text was for nobody else.
    expect(await harness.campaign(tenant, campaign.campaignId)).toMatchObject({ message: null });
  });

  it('leaves it out of campaigns that have not come to it, and of nobody else, and they end all the same', async () => {
    engine = answerAsEngine(harness.nats);
    const [{ tenant }, { tenant: other }] = [own[0]!, own[1]!];
    const [reached] = numbers(1);
    const [draft, kept] = [
      await create(tenant, { contacts: named(reached!, gone) }),
      await create(other, { contacts: named(gone) }),
    ];
    expect(await erase(tenant)).toEqual(erased({ recipients: 1 }));
    for (const [of, campaign] of [[tenant, draft] as const, [other, kept] as const]) await steer('start', of, campaign);
    await harness.until(tenant, draft.campaignId, { status: 'completed', total: 2, sent: 1, optedOut: 1 });
    await harness.until(other, kept.campaignId, { status: 'completed', sent: 1 });
    expect(harness.commands.of(own[0]!).map(({ data }) => data.to)).toEqual([reached]);
    expect(await harness.campaign(tenant, draft.campaignId)).toMatchObject({ message: 'Hello {{name}}' });
    expect(await recipients(tenant, draft)).toMatchObject([
      { number: reached, state: 'sent' },
      { number: '', state: 'opted-out', error: { code: 'RECIPIENT_ERASED' } },
    ]);
  });

  it('lets nobody try it again', async () => {
    const { tenant } = own[2]!;
    const campaign = await create(tenant, { contacts: named(notOnWhatsApp), start: true });
    await harness.until(tenant, campaign.campaignId, { status: 'completed', failed: 1 });
    expect(await erase(tenant, notOnWhatsApp)).toEqual(erased({ recipients: 1 }));
    await steer('retry', tenant, campaign);
    await harness.until(tenant, campaign.campaignId, { status: 'completed', failed: 0, optedOut: 1 });
    expect(harness.commands.of(own[2]!)).toHaveLength(1);
  });

  it('takes it out of rows that were no recipients', async () => {
    const { tenant } = own[3]!;
    const contacts = [...named(gone), { number: gone, name: 'Asha again' }, ...named(numbers(1)[0]!)];
    const { campaignId } = await create(tenant, { contacts });
    const problems = async () =>
      (
        await harness.get<AnswerOf<typeof previewCampaign, 200>>('previewCampaign', tenant, {
          params: { campaignId },
        })
      ).data.map(({ value }) => value);
    expect(await problems()).toEqual([gone]);
    expect(await erase(tenant)).toEqual(erased({ recipients: 1, 'list-rows': 1 }));
    expect(await problems()).toEqual(['']);
  });

  it('forgets the number of who opted out, and still leaves it out', async () => {
    const { tenant } = own[4]!;
    await harness.get('addSuppressions', tenant, { body: { numbers: [gone] } });
    expect(await erase(tenant)).toEqual(erased({ suppressions: 1 }));
    expect(await erase(tenant)).toEqual(erased());
    expect(await harness.get('listSuppressions', tenant, { query: { number: gone } })).toMatchObject({
      data: [{ number: '', source: 'list' }],
    });
    expect(await create(tenant, { contacts: named(gone, numbers(1)[0]!) })).toMatchObject({
      total: 1,
      problems: { optedOut: 1 },
    });
  });
});
