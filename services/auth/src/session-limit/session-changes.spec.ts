import type { SessionEvent } from '@wam/contracts';
import { expect, test } from 'vitest';
import { sessionChanges } from './session-changes.ts';

const tenant = '550e8400-e29b-41d4-a716-446655440000';
const one = '00000000-0000-4000-8000-000000000001';
const two = '00000000-0000-4000-8000-000000000002';
let ids = 0;
const event = <T extends SessionEvent['type']>(type: T, data: object, more: object = {}): SessionEvent =>
  ({
    id: `evt_${++ids}`,
    type,
    v: 1,
    version: 1,
    tenant,
    at: '2026-01-01T00:00:00.000Z',
    correlationId: 'req_1',
    causationId: 'cmd_1',
    data,
    ...more,
  }) as unknown as SessionEvent;
const created = (sessionId: string, more?: object) =>
  event('SessionCreated', { sessionId, name: 'Shop', description: '', network: 'sandbox' }, more);
const deleted = (sessionId: string) => event('SessionDeleted', { sessionId });

test('a created session counts, with who asked for it and by which request', () => {
  const changes = sessionChanges([created(one, { actor: 'key:key_1' })]);
  expect(changes.created).toEqual([{ sessionId: one, tenant }]);
  expect(changes.audit).toMatchObject([
    {
      action: 'session.created',
      actor: 'key:key_1',
      subject: one,
      requestId: 'req_1',
      details: { name: 'Shop', network: 'sandbox' },
    },
  ]);
});

test('a session that is deleted in the same batch does not count, and is audited twice', () => {
  const changes = sessionChanges([created(one), created(two), deleted(one)]);
  expect(changes).toMatchObject({ created: [{ sessionId: two }], deleted: [one] });
  expect(changes.audit.map(({ action }) => action)).toEqual(['session.created', 'session.created', 'session.deleted']);
});

test('what happens to a session in between is nobody’s business here', () => {
  expect(sessionChanges([event('SessionConnecting', { sessionId: one })])).toEqual({
    created: [],
    deleted: [],
    audit: [],
    skipped: 0,
  });
});

test('an event of another version or shape is skipped and counted', () => {
  expect(sessionChanges([created(one, { v: 2 }), event('SessionDeleted', {}), deleted(two)])).toMatchObject({
    deleted: [two],
    skipped: 2,
  });
});
