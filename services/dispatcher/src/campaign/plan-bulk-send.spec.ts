import { isRejection } from '@wam/contracts';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type BulkSendFacts, defaultDelayMs, maxRecipients, planBulkSend } from './plan-bulk-send.ts';

const facts: BulkSendFacts = {
  campaignId: 'cmp_01JD8X3M5N6P7Q8R9S0T1V2W3X',
  session: {
    sessionId: '550e8400-e29b-41d4-a716-446655440000',
    network: 'sandbox',
    pool: 'sandbox',
    status: 'connected',
    createdAt: '2023-01-01T00:00:00.000Z',
  },
  numbers: new Map(),
  nowMs: 1_700_000_000_000,
};
const body = { contacts: ['919876543210'], message: 'Hello' };

function started(contacts: (string | { number: string })[], delay?: number) {
  const result = planBulkSend({ ...body, contacts, ...(delay === undefined ? {} : { delay }) }, facts);
  if (isRejection(result)) throw new Error(`refused: ${result.code}`);
  return result;
}

it.each(['pending', 'disconnected', 'error'] as const)('a session that is %s sends no campaign', (status) => {
  const result = planBulkSend(body, { ...facts, session: { ...facts.session, status } });
  expect(result).toMatchObject({ code: 'SESSION_NOT_CONNECTED' });
});

it('a session that WhatsApp lets start no new chats sends no bulk, and the refusal says until when', () => {
  const until = '2026-01-02T00:00:00.000Z';
  const result = planBulkSend(body, { ...facts, session: { ...facts.session, restrictedUntil: until } });
  expect(result).toMatchObject({ code: 'SESSION_RESTRICTED', details: { until } });
});

it('a session between two connections takes a campaign', () => {
  const session = { ...facts.session, status: 'reconnecting' as const };
  expect(isRejection(planBulkSend(body, { ...facts, session }))).toBe(false);
});

it('more recipients than the limit are refused', () => {
  const contacts = new Array<string>(maxRecipients + 1).fill('919876543210');
  expect(planBulkSend({ ...body, contacts }, facts)).toMatchObject({ code: 'TOO_MANY_RECIPIENTS', param: 'contacts' });
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
      for (const r of recipients) {
        expect(recipients[r.duplicateOf ?? r.position]?.contact).toBe(r.contact);
        expect(recipients[r.duplicateOf ?? r.position]?.duplicateOf).toBeUndefined();
      }
    }),
  );
});

it('somebody by LID and by number is one contact once the number is known', () => {
  const [lid, stranger] = ['123456789012345@lid', '123456789012346@lid'];
  const contacts = [lid, stranger, '919876543210', lid];
  const numbers = new Map([[lid, '919876543210']]);
  const result = planBulkSend({ ...body, contacts }, { ...facts, numbers });
  if (isRejection(result)) throw new Error(result.code);
  expect(result.recipients.map((r) => r.contact)).toEqual(contacts);
  expect(result.recipients.map((r) => r.duplicateOf)).toEqual([undefined, undefined, 0, 0]);
});

it('the deadline leaves time for every message at the asked pace', () => {
  const campaign = started(['919876543210', '919876543211', '919876543212'], 60_000);
  expect(campaign.notAfterMs).toBe(facts.nowMs + 2 * 60_000 + 10 * 60_000);
});
