/** What happens to an accepted message, by the state of its session. Pure. */
import { isLinked, type SessionState } from '../session/session-state.ts';
import { failed, type SendOutcome } from './outbound-message.ts';

/** `wait`: stay in the queue; it is sent when the session is connected, or fails at its deadline. */
export type SendRoute = { kind: 'wait' } | { kind: 'settle'; outcome: SendOutcome };

/** The gateway waits 10 s for an answer; after that the caller holds a 202, and the message may wait for its deadline. */
export const answerableForMs = 9_000;

export interface SendCircumstances {
  session: SessionState;
  /** Whether a caller waits for the outcome. */
  answerable: boolean;
  ageMs: number;
}

export function routeSend({ session, answerable, ageMs }: SendCircumstances): SendRoute {
  switch (session.kind) {
    case 'absent':
    case 'deleted':
      return { kind: 'settle', outcome: failed('SESSION_DELETED') };
    case 'connected':
    case 'reconnecting':
      return { kind: 'wait' };
    case 'connecting':
    case 'pending':
      if (isLinked(session)) return { kind: 'wait' };
      break;
    case 'disconnected':
    case 'error':
      break;
    default: {
      const unknown: never = session;
      throw new Error(`Unknown session state ${JSON.stringify(unknown)}`);
    }
  }
  // Nobody knows when it will connect: tell whoever can still be told, keep the promise to whoever cannot.
  if (answerable && ageMs < answerableForMs) {
    return { kind: 'settle', outcome: failed('SESSION_NOT_CONNECTED') };
  }
  return { kind: 'wait' };
}

/** Why a message that waited until its deadline was not sent. */
export function outcomeAtDeadline(session: SessionState): SendOutcome {
  if (session.kind === 'absent' || session.kind === 'deleted') return failed('SESSION_DELETED');
  if (session.kind === 'disconnected' && session.cause === 'logged-out') return failed('SESSION_LOGGED_OUT');
  return failed('MESSAGE_EXPIRED');
}
