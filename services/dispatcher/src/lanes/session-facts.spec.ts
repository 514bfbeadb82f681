import type { StoredEvent } from '@wam/service-kit/nats';
import { describe, expect, it } from 'vitest';
import { sessionFactsOf } from './session-facts.ts';

const sessionId = '550e8400-e29b-41d4-a716-446655440000';
const told = (type: string, data: object = {}): StoredEvent =>
  ({
    seq: 1,
    subject: 'evt.session.t.s',
    headers: {},
    event: { type, v: 1, tenant: 't', at: '2026-01-01T00:00:00.000Z', data: { sessionId, ...data } },
  }) as unknown as StoredEvent;

describe('What a batch of the log says of a session', () => {
  it('is its last word, with what was told before', () =>
    expect(
      sessionFactsOf([
        told('SessionConnected', { phone: '1' }),
        told('SessionMoved', { from: 'sandbox', to: 'sandbox-acme' }),
        told('SessionReconnecting'),
      ]),
    ).toMatchObject([
      { status: 'reconnecting', pool: 'sandbox-acme', connectedAt: new Date('2026-01-01'), isDeleted: false },
    ]));

  it('is not changed by events of types that a later release has', () => {
    const known = [told('SessionConnected'), told('SessionDeleted')];
    expect(sessionFactsOf([...known, told('SessionShared')])).toEqual(sessionFactsOf(known));
    expect(sessionFactsOf([told('SessionShared')])).toEqual([]);
  });
});
