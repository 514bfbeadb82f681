import { type Rejection, reject, type SessionCommand } from '@wam/contracts';
import { isLive, type SessionFact, type SessionState } from './session-state.ts';

type DeleteSession = Extract<SessionCommand, { type: 'DeleteSession' }>;

/** Deleting what is deleted succeeds: the command may come twice. Whoever waits for the end of a connection hears of it here, too. */
export function deleteSession(command: DeleteSession, state: SessionState): SessionFact[] | Rejection {
  if (state.kind === 'deleted') return [];
  if (!isLive(state)) return reject('SESSION_NOT_FOUND');
  const { sessionId } = command.data;
  const isConnected = state.kind === 'connected' || state.kind === 'reconnecting';
  return [
    ...(isConnected ? [{ type: 'SessionDisconnected', data: { sessionId, cause: 'requested' } } as const] : []),
    { type: 'SessionDeleted', data: { sessionId } },
  ];
}
