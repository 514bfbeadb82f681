import type { Rejection, SessionCommand } from '@wam/contracts';
import type { Decider } from '@wam/event-store';
import { connectSession } from './connect-session.ts';
import { createSession } from './create-session.ts';
import { deleteSession } from './delete-session.ts';
import { describeSession } from './describe-session.ts';
import { disconnectSession } from './disconnect-session.ts';
import { type ConnectionFact, recordConnectionFact } from './record-connection-fact.ts';
import { evolve, initialSessionState, type SessionFact, type SessionState } from './session-state.ts';

/** What the outside asks for, and what the connection reports. */
export type SessionInput =
  | Exclude<SessionCommand, { type: 'CreateSession' }>
  /** In the pool of the engine that carries it out. */
  | (Extract<SessionCommand, { type: 'CreateSession' }> & { pool: string })
  | { type: 'RecordConnectionFact'; tenant: string; data: { sessionId: string; fact: ConnectionFact } };

function decide(input: SessionInput, state: SessionState): SessionFact[] | Rejection {
  switch (input.type) {
    case 'CreateSession':
      return createSession(input, state);
    case 'ConnectSession':
      return connectSession(input, state);
    case 'DescribeSession':
      return describeSession(input, state);
    case 'DisconnectSession':
      return disconnectSession(input, state);
    case 'DeleteSession':
      return deleteSession(input, state);
    case 'RecordConnectionFact':
      return recordConnectionFact(input.data.sessionId, input.data.fact, state);
    default: {
      const unknown: never = input;
      throw new Error(`Unknown session input ${JSON.stringify(unknown)}`);
    }
  }
}

export const sessionDecider: Decider<SessionState, SessionInput, SessionFact> = {
  initialState: initialSessionState,
  decide,
  evolve,
};
