import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { givenBackBy } from './given-back.ts';

const tenant = randomUUID();
const messageId = (n: number) => `msg_01JD8X3M5N6P7Q8R9S0T1V2W${String(n).padStart(2, '0')}`;
const failure = (n: number, data: object = {}, more: object = {}) => ({
  ...{ id: `failed-${messageId(n)}`, type: 'MessageFailed', v: 1, version: 0, tenant },
  ...{ at: '2030-01-10T12:00:00.000Z', correlationId: 'req', causationId: messageId(n) },
  data: { messageId: messageId(n), code: 'MESSAGE_EXPIRED', countedOn: '2030-01-10', ...data },
  ...more,
});
const given = (...events: ReturnType<typeof failure>[]) => givenBackBy(events, '2030-01-07').map((each) => each.day);

test('a message that failed is given back to the day on which it was counted', () => {
  const events = [failure(1), failure(2, { code: 'MESSAGE_DROPPED', countedOn: '2030-01-09' })];
  expect(givenBackBy(events, '2030-01-07')).toEqual([
    { messageId: messageId(1), tenant, day: '2030-01-10' },
    { messageId: messageId(2), tenant, day: '2030-01-09' },
  ]);
});

test('one that is told of twice is given back once', () => {
  expect(given(failure(1), failure(1), failure(2))).toHaveLength(2);
});

test('one that WhatsApp refused is not, nor one of which nobody knows its day', () => {
  expect(given(failure(1, { code: 'NOT_ON_WHATSAPP' }), failure(2, { countedOn: undefined }))).toEqual([]);
  expect(given(failure(1, {}, { type: 'MessageSent' }), failure(2, {}, { v: 2 }))).toEqual([]);
});

test('nothing is given to a day that is long over, or to none', () => {
  expect(given(failure(1, { countedOn: '2030-01-06' }), failure(2, { countedOn: '2030-02-31' }))).toEqual([]);
  expect(given(failure(1, { countedOn: '2030-01-07' }))).toEqual(['2030-01-07']);
});
