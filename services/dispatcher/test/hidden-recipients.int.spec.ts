/** Lists with contacts that are known by their LID only: who is who may become known at any time, and nobody is written to against their wish or twice. */
import type { AnswerOf, bulkSend, CampaignView, previewCampaign } from '@wam/contracts';
import type { Service } from '@wam/service-kit';
import { eventually } from '@wam/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CampaignHarness, numbers, startCampaignHarness } from './campaign-harness.ts';
import { answerAsContacts, answerAsEngine, newSession, type TestSession } from './neighbours.ts';

const pace = { messagesPerMinute: 6000, burst: 20, jitter: 0 };
const [listed, late, away, bulk] = [newSession(), newSession(), newSession(), newSession()];
const lids = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => `${String(123_456_789_000_000 + from + i)}@lid`);

let harness: CampaignHarness;
let dispatcher: Service;
let engine: ReturnType<typeof answerAsEngine>;
let contacts: Awaited<ReturnType<typeof answerAsContacts>> | undefined;
/** What the sessions of all accounts were told. */
const told = new Map<string, string>();

beforeAll(async () => {
  harness = await startCampaignHarness([listed, late, away, bulk]);
  dispatcher = await harness.start();
  engine = answerAsEngine(harness.nats);
  contacts = await answerAsContacts(harness.nats, told);
});
afterAll(async () => {
  engine?.stop();
  await contacts?.stop();
  await dispatcher?.stop();
  await harness?.[Symbol.asyncDispose]();
});

const create = ({ tenant }: TestSession, of: unknown[], start: boolean) =>
  harness.get<CampaignView>('createCampaign', tenant, {
    body: { message: 'Hello {{number|there}}', contacts: of, pace, start },
  });
const steer = ({ tenant }: TestSession, operation: string, campaignId: string) =>
  harness.get<CampaignView>(operation, tenant, { params: { campaignId } });
const optOut = ({ tenant }: TestSession, ...addresses: string[]) =>
  harness.get('addSuppressions', tenant, { body: { numbers: addresses } });
const sent = (session: TestSession) =>
  harness.commands
    .of(session)
    .map(({ data }) => data.to)
    .toSorted();
async function outcomes({ tenant }: TestSession, campaignId: string) {
  const { data } = await harness.get<{ data: { number: string; state: string; error: { code: string } | null }[] }>(
    'listCampaignRecipients',
    tenant,
    { params: { campaignId } },
  );
  return Object.fromEntries(data.map(({ number, state, error }) => [number, error?.code ?? state]));
}

describe('A contact in a list by its LID', () => {
  it('counts as the number it is known by: opted out under either, and once', async () => {
    const [hidden, known, wished, wishedAsLid] = lids(4) as [string, string, string, string];
    const [number, wish] = numbers(2) as [string, string];
    told.set(known, number).set(wished, wish);
    await optOut(listed, wish, wishedAsLid);
    const { campaignId, total, problems } = await create(listed, [number, known, hidden, wished, wishedAsLid], false);
    expect({ total, problems }).toEqual({ total: 2, problems: { bad: 0, duplicates: 1, optedOut: 2 } });
    const { data, sample } = await harness.get<AnswerOf<typeof previewCampaign, 200>>(
      'previewCampaign',
      listed.tenant,
      {
        params: { campaignId },
      },
    );
    expect(data).toMatchObject([
      { row: 2, kind: 'duplicate', value: number },
      { row: 4, kind: 'opted-out', value: wish },
      { row: 5, kind: 'opted-out', value: wishedAsLid },
    ]);
    expect(sample).toEqual([
      { number, text: `Hello ${number}` },
      { number: hidden, text: 'Hello there' },
    ]);
    await steer(listed, 'startCampaign', campaignId);
    await harness.until(listed.tenant, campaignId, { status: 'completed', sent: 2, optedOut: 0 });
    expect(sent(listed)).toEqual([number, hidden].toSorted());
  });

  it('whose number becomes known later is looked at again when its turn comes', async () => {
    const [hidden, wished, repeated, shown] = lids(4, 10) as [string, string, string, string];
    const [number, wish, other] = numbers(3, 10) as [string, string, string];
    const { campaignId, total } = await create(late, [hidden, wished, repeated, number, shown], false);
    expect(total).toBe(5);
    told.set(wished, wish).set(repeated, number).set(shown, other);
    await optOut(late, wish);
    await steer(late, 'startCampaign', campaignId);
    await harness.until(late.tenant, campaignId, { status: 'completed', sent: 3, optedOut: 2, failed: 0 });
    expect(await outcomes(late, campaignId)).toEqual({
      [hidden]: 'sent',
      [wished]: 'RECIPIENT_OPTED_OUT',
      [repeated]: 'RECIPIENT_REPEATED',
      [number]: 'sent',
      [shown]: 'sent',
    });
    expect(sent(late)).toEqual([hidden, number, shown].toSorted());
    // What was counted for the two is of use for others; in the end the day counts what was sent.
    await eventually(() => expect(harness.quota.used.get(late.tenant)).toBe(3), { timeoutMs: 20_000 });
  });

  it('waits while nobody can say who it is, and the others do not', async () => {
    const [hidden, wished] = lids(2, 20) as [string, string];
    const [number, wish] = numbers(2, 20) as [string, string];
    await optOut(away, wish);
    await contacts?.stop();
    contacts = undefined;
    const { campaignId } = await create(away, [hidden, wished, number], true);
    await harness.until(away.tenant, campaignId, { sent: 1, pending: 2, status: 'running' });
    expect(sent(away)).toEqual([number]);
    told.set(wished, wish);
    contacts = await answerAsContacts(harness.nats, told);
    // They come again 15 s after they were reserved.
    await harness.until(away.tenant, campaignId, { status: 'completed', sent: 2, optedOut: 1 });
    expect(sent(away)).toEqual([number, hidden].toSorted());
  }, 60_000);

  it('is a contact of a bulk send as well, with a result under the address that was given', async () => {
    const [hidden, known] = lids(2, 30) as [string, string];
    const [number] = numbers(1, 30) as [string];
    told.set(known, number);
    const of = [hidden, { number: known }, number];
    const body = { contacts: of, message: 'Offer', delay: 0 };
    const reply = await harness.get<AnswerOf<typeof bulkSend, 200>>('bulkSend', bulk.tenant, { body });
    expect(reply).toMatchObject({
      ...{ total: 3, sent: 3, failed: 0 },
      results: [hidden, known, number].map((contact) => ({ contact, status: 'Sent' })),
    });
    expect(sent(bulk)).toEqual([hidden, known].toSorted());
  });
});
