/** What the caller of a session command reads: bodies as the public API has them. Pure. */
import type { ServiceReply, SessionCommand } from '@wam/contracts';
import { answer, refuse } from '@wam/service-kit/nats';
import { isLive, type SessionState, statusOf } from '../session/session-state.ts';

export function sessionReply(command: SessionCommand, state: SessionState): ServiceReply {
  const { sessionId } = command.data;
  switch (command.type) {
    case 'CreateSession': {
      const { name, network } = command.data;
      const message = 'Session created. Generating QR code...';
      return answer(201, { success: true, sessionId, name, status: 'connecting', message, network });
    }
    case 'ConnectSession': {
      const isConnected = state.kind === 'connected';
      return answer(200, {
        success: true,
        sessionId,
        status: isConnected ? 'connected' : 'connecting',
        message: isConnected ? 'Session is already connected.' : 'Connecting session. QR code will be generated...',
      });
    }
    case 'DescribeSession': {
      if (!isLive(state)) return refuse({ code: 'SESSION_NOT_FOUND' });
      const { name, description, metadata } = state;
      return answer(200, { success: true, sessionId, name, description, metadata, message: 'Session updated.' });
    }
    case 'DisconnectSession':
      if (!isLive(state)) return refuse({ code: 'SESSION_NOT_FOUND' });
      return answer(200, { success: true, sessionId, status: statusOf(state), message: 'Session is offline.' });
    case 'DeleteSession':
      return answer(200, { success: true, message: 'Session deleted successfully' });
    default:
      return command satisfies never;
  }
}
