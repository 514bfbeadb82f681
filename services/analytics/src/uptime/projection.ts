/**
 * When each session was connected, as intervals folded from `evt.session.>`. One writer per session and the order of the log: a
 * connection begins with SessionConnected and ends with whatever comes next that is not another one.
 */
import type { SessionEvent } from '@wam/contracts';
import { sessionKey } from '../session/table.ts';

export interface Connection {
  tenant: string;
  sessionId: string;
  /** ISO 8601. */
  connectedAt: string;
  /** Null while it lasts. */
  disconnectedAt: string | null;
  /** Why it ended; null when its event names no cause. */
  cause: string | null;
}

/** @returns the connections that began or ended with these events; `open` holds, by session key, those that last until then. */
export function foldConnections(open: ReadonlyMap<string, Connection>, events: readonly SessionEvent[]): Connection[] {
  const lasting = new Map(open);
  const changed: Connection[] = [];
  for (const event of events) {
    const key = sessionKey(event.tenant, event.data.sessionId);
    const current = lasting.get(key);
    if (event.type === 'SessionConnected') {
      if (current !== undefined) continue;
      const begun = {
        tenant: event.tenant,
        sessionId: event.data.sessionId,
        connectedAt: event.at,
        disconnectedAt: null,
        cause: null,
      };
      lasting.set(key, begun);
      changed.push(begun);
    } else if (current !== undefined && endsConnection(event)) {
      const ended = {
        ...current,
        // Two processes took the times; an end before its beginning would count as negative uptime.
        disconnectedAt: later(event.at, current.connectedAt),
        cause: 'cause' in event.data ? event.data.cause : null,
      };
      lasting.delete(key);
      const begunHere = changed.indexOf(current);
      if (begunHere >= 0) changed[begunHere] = ended;
      else changed.push(ended);
    }
  }
  return changed;
}

/** Instants of fixed width compare as strings. */
const later = (a: string, b: string): string => [a, b].sort()[1]!;

function endsConnection({ type }: SessionEvent): boolean {
  switch (type) {
    case 'SessionConnecting':
    case 'SessionReconnecting':
    case 'SessionDisconnected':
    case 'SessionFailed':
    case 'SessionDeleted':
      return true;
    case 'SessionCreated':
    case 'SessionDescribed':
    case 'SessionQrIssued':
    case 'SessionPaired':
    case 'SessionConnected':
    case 'SessionRestricted':
    case 'SessionUnrestricted':
    case 'SessionMoved':
      return false;
    default:
      return type satisfies never;
  }
}
