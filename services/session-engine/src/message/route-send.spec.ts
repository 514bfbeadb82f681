import { describe, expect, it } from 'vitest';
import type { SessionState } from '../session/session-state.ts';
import { answerableForMs, outcomeAtDeadline, routeSend } from './route-send.ts';

const profile = { name: 'n', description: '', metadata: {}, network: 'sandbox' as const, pool: 'sandbox' };
const linked = { ...profile, phone: '15551230001' };
const route = (session: SessionState, answerable = true, ageMs = 0) => {
  const decision = routeSend({ session, answerable, ageMs });
  return decision.kind === 'wait' ? 'wait' : decision.outcome.kind === 'failed' ? decision.outcome.code : 'sent';
};

describe('A message', () => {
  it.each<SessionState>([
    { kind: 'connected', ...linked },
    { kind: 'reconnecting', attempt: 1, ...linked },
    { kind: 'connecting', ...linked },
  ])('is sent, or soon, by a linked session: $kind', (session) => expect(route(session)).toBe('wait'));

  it.each<SessionState>([
    { kind: 'pending', ...profile },
    { kind: 'connecting', ...profile },
    { kind: 'disconnected', cause: 'replaced', ...linked },
    { kind: 'error', cause: 'banned', ...linked },
  ])('is refused by a session that is not connected, while its caller can be told: $kind', (session) => {
    expect(route(session)).toBe('SESSION_NOT_CONNECTED');
    expect(route(session, true, answerableForMs)).toBe('wait');
    expect(route(session, false)).toBe('wait');
  });

  it.each<SessionState>([{ kind: 'absent' }, { kind: 'deleted' }])('has no session to wait for: $kind', (session) =>
    expect(route(session, false)).toBe('SESSION_DELETED'),
  );

  it('that was never sent fails for the reason that kept it', () => {
    const codeOf = (session: SessionState) => (outcomeAtDeadline(session) as { code?: string }).code;
    expect(codeOf({ kind: 'disconnected', cause: 'logged-out', ...profile })).toBe('SESSION_LOGGED_OUT');
    expect(codeOf({ kind: 'disconnected', cause: 'qr-timeout', ...profile })).toBe('MESSAGE_EXPIRED');
    expect(codeOf({ kind: 'reconnecting', attempt: 9, ...linked })).toBe('MESSAGE_EXPIRED');
    expect(codeOf({ kind: 'deleted' })).toBe('SESSION_DELETED');
  });
});
