import { type Rejection, reject, type SessionCommand } from '@wam/contracts';
import { isLive, type SessionFact, type SessionState } from './session-state.ts';

type DisconnectSession = Extract<SessionCommand, { type: 'DisconnectSession' }>;

/** The phone stays linked: connecting again needs no QR code. What is offline already stays as it is, with its reason. */
export function disconnectSession({ data }: DisconnectSession, state: SessionState): SessionFact[] | Rejection {
  if (!isLive(state)) return reject('SESSION_NOT_FOUND');
  if (state.kind === 'disconnected' || state.kind === 'error') return [];
  return [{ type: 'SessionDisconnected', data: { sessionId: data.sessionId, cause: 'requested' } }];
}
