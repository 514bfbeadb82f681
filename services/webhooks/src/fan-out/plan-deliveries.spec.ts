import type { PublicEvent } from '@wam/contracts';
import { expect, it } from 'vitest';
import { type Subscriber, wants } from './plan-deliveries.ts';

const event = (type: string) =>
  ({ id: 'evt_1', type, timestamp: '', sessionId: 's', data: { sessionId: 's' } }) as unknown as PublicEvent;
const told = (eventTypes: string[], type: string) => {
  const subscriber: Subscriber = { id: 'wh_1', tenant: 't', eventTypes, sessionId: null, mode: 'live', ordered: false };
  return wants(subscriber, event(type), undefined);
};

it('a webhook is told of the types that it names, and of all of a kind that it names', () => {
  expect(told(['message.received'], 'message.received')).toBe(true);
  expect(told(['message.received'], 'message.status')).toBe(false);
  expect(told(['session.failed', 'message.*'], 'message.status')).toBe(true);
  expect(told(['message.*'], 'session.failed')).toBe(false);
});

it('a webhook that names none is told of all', () => {
  expect(told([], 'campaign.progress')).toBe(true);
});
