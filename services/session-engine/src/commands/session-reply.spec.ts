import type { SessionCommand } from '@wam/contracts';
import { expect, it } from 'vitest';
import type { SessionState } from '../session/session-state.ts';
import { sessionReply } from './session-reply.ts';

const sessionId = '550e8400-e29b-41d4-a716-446655440000';
const envelope = { id: 'c', v: 1, tenant: 't', at: '2026-01-01T00:00:00.000Z', correlationId: 'r' };
const profile = { name: 'Support', description: '', metadata: {}, network: 'sandbox', pool: 'sandbox' } as const;
const connect: SessionCommand = { ...envelope, type: 'ConnectSession', data: { sessionId } };

it.each<[SessionState['kind'], string]>([
  ['connected', 'connected'],
  ['reconnecting', 'connecting'],
  ['pending', 'connecting'],
])('Whoever connects a session that is %s reads that it is %s', (kind, status) => {
  const state = { kind, ...profile } as SessionState;
  expect(sessionReply(connect, state)).toMatchObject({ ok: true, status: 200, body: { sessionId, status } });
});

it.each(['DescribeSession', 'DisconnectSession'] as const)('%s of a session that was deleted finds none', (type) => {
  const command: SessionCommand = { ...envelope, type, data: { sessionId } };
  expect(sessionReply(command, { kind: 'deleted' })).toMatchObject({ ok: false, code: 'SESSION_NOT_FOUND' });
});
