import { type Rejection, reject, type SessionCommand } from '@wam/contracts';
import type { SessionFact, SessionState } from './session-state.ts';

type CreateSession = Extract<SessionCommand, { type: 'CreateSession' }> & { pool: string };

/** A repeat of the command finds the session and changes nothing; a deleted session does not come back. */
export function createSession(command: CreateSession, state: SessionState): SessionFact[] | Rejection {
  if (state.kind === 'deleted') return reject('SESSION_NOT_FOUND');
  if (state.kind !== 'absent') return [];
  const { sessionId, name, description, network, metadata } = command.data;
  // A new session connects at once: one event says both.
  const asked = {
    sessionId,
    name,
    description,
    network,
    pool: command.pool,
    ...(metadata === undefined ? {} : { metadata }),
  };
  return [{ type: 'SessionCreated', data: asked }];
}
