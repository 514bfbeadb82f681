import { isRejection } from '@wam/contracts';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { defaultDelayMs, maxRecipients, type StartCampaignFacts, startCampaign } from './start-campaign.ts';

const facts: StartCampaignFacts = {
  campaignId: 'cmp_01JD8X3M5N6P7Q8R9S0T1V2W3X',
  session: {
    sessionId: '550e8400-e29b-41d4-a716-446655440000',
    network: 'sandbox',
    pool: 'sandbox',
    status: 'connected',
  },
  nowMs: 1_700_000_000_000,
};
const body = { contacts: ['919876543210'], message: 'Hello' };

function started(contacts: (string | { number: string })[], delay?: number) {
  const result = startCampaign({ ...body, contacts, ...(delay === undefined ? {} : { delay }) }, facts);
  if (isRejection(result)) throw new Error(`refused: ${result.code}`);
  return result;
}

it.each(['pending', 'disconnected', 'error'] as const)('a session that is %s sends no campaign', (status) => {
  const result = startCampaign(body, { ...facts, session: { ...facts.session, status } });
  expect(result).toMatchObject({ code: 'SESSION_NOT_CONNECTED' });
});

it('a session between two connections takes a campaign', () => {
  const session = { ...facts.session, status: 'reconnecting' as const };
  expect(isRejection(startCampaign(body, { ...facts, session }))).toBe(false);
});

it('more recipients than the limit are refused', () => {
  const contacts = new Array<string>(maxRecipients + 1).fill('919876543210');
  expect(startCampaign({ ...body, contacts }, facts)).toMatchObject({ code: 'TOO_MANY_RECIPIENTS', param: 'contacts' });
});

it('contacts are plain numbers or objects with a number', () => {
  const contacts = started(['919876543210', { number: '919876543211' }]).recipients.map((r) => r.contact);
  expect(contacts).toEqual(['919876543210', '919876543211']);
});

it('without a delay the documented one applies, and 0 is a delay', () => {
  expect(started(['919876543210']).delayMs).toBe(defaultDelayMs);
  expect(started(['919876543210'], 0).delayMs).toBe(0);
});

it('every contact has its row in the order of the request, every distinct number one message', () => {
  const number = fc.integer({ min: 0, max: 9 }).map((n) => `91987654321${n}`);
  fc.assert(
    fc.property(fc.array(number, { minLength: 1, maxLength: 50 }), (contacts) => {
      const { recipients } = started(contacts);
      expect(recipients.map((r) => r.contact)).toEqual(contacts);
      expect(recipients.map((r) => r.position)).toEqual(contacts.map((_, i) => i));
      const sent = recipients.filter((r) => r.duplicateOf === undefined);
      expect(sent.map((r) => r.contact)).toEqual([...new Set(contacts)]);
      expect(new Set(sent.map((r) => r.messageId)).size).toBe(sent.length);
      for (const r of recipients) {
        expect(r.messageId).toBe(recipients[r.duplicateOf ?? r.position]?.messageId);
        expect(r.messageId).toMatch(/^msg_[0-9A-HJKMNP-TV-Z]{26}$/);
      }
    }),
  );
});

it('the deadline leaves time for every message at the asked pace', () => {
  const campaign = started(['919876543210', '919876543211', '919876543212'], 60_000);
  expect(campaign.notAfterMs).toBe(facts.nowMs + 2 * 60_000 + 10 * 60_000);
});

it('the same campaign has the same message ids each time, another campaign has others', () => {
  const again = started(['919876543210']);
  expect(started(['919876543210'])).toEqual(again);
  const other = startCampaign(body, { ...facts, campaignId: 'cmp_01JD8X3M5N6P7Q8R9S0T1V2W3Y' });
  expect(other).not.toMatchObject({ recipients: [{ messageId: again.recipients[0]?.messageId }] });
});
