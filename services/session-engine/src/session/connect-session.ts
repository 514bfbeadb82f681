import { type Rejection, reject, type SessionCommand } from '@wam/contracts';
import { isLive, type SessionFact, type SessionState } from './session-state.ts';

type ConnectSession = Extract<SessionCommand, { type: 'ConnectSession' }>;

/** Only an idle session starts to connect; one that is connected, or on its way, stays as it is. */
export function connectSession(command: ConnectSession, state: SessionState): SessionFact[] | Rejection {
  if (!isLive(state)) return reject('SESSION_NOT_FOUND');
  if (state.kind !== 'disconnected' && state.kind !== 'error') return [];
  return [{ type: 'SessionConnecting', data: { sessionId: command.data.sessionId } }];
}
