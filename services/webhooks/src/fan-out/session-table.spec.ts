import type { SessionEvent } from '@wam/contracts';
import { expect, it } from 'vitest';
import { evolveSession, type SessionFacts } from './session-table.ts';

const sessionId = '550e8400-e29b-41d4-a716-446655440000';
const tenant = '6fa1c2e4-0000-4000-8000-000000000001';
const event = (type: SessionEvent['type'], data: object = {}): SessionEvent =>
  ({ type, tenant, data: { sessionId, ...data } }) as unknown as SessionEvent;
const fold = (...events: SessionEvent[]): SessionFacts | undefined =>
  events.reduce<SessionFacts | undefined>((facts, next) => evolveSession(facts, next), undefined);

const created = event('SessionCreated', { name: 'First', description: '', network: 'sandbox', metadata: { a: '1' } });
const paired = event('SessionPaired', { phone: '15551230001', lid: '77' });
const described = event('SessionDescribed', { name: 'Second', description: '', metadata: { b: '2' } });

it('payloads call a session by the words it was given last, and know its phone as before', () => {
  expect(fold(created, paired, described)).toEqual({
    ...{ tenant, sessionId, network: 'sandbox', phone: '15551230001', lid: '77' },
    ...{ name: 'Second', metadata: { b: '2' } },
  });
});

it('words for a session that is unknown, or gone, make none', () => {
  expect(fold(described)).toBeUndefined();
  expect(fold(created, event('SessionDeleted'), described)).toBeUndefined();
});
