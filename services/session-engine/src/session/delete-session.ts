import { type Rejection, reject, type SessionCommand } from '@wam/contracts';
import { isLive, type SessionFact, type SessionState } from './session-state.ts';

type DeleteSession = Extract<SessionCommand, { type: 'DeleteSession' }>;

/** Deleting what is deleted succeeds: the command may come twice. */
export function deleteSession(command: DeleteSession, state: SessionState): SessionFact[] | Rejection {
  if (state.kind === 'deleted') return [];
  if (!isLive(state)) return reject('SESSION_NOT_FOUND');
  return [{ type: 'SessionDeleted', data: { sessionId: command.data.sessionId } }];
}
