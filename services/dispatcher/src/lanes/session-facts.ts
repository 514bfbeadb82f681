/** What the log says of sessions, as far as sending campaigns is concerned. Pure. */
import type { Network, SessionEvent, SessionStatus } from '@wam/contracts';
import type { StoredEvent } from '@wam/service-kit/nats';

export interface SessionFact {
  sessionId: string;
  tenant: string;
  status: SessionStatus;
  /** Known from its creation only. */
  network: Network | undefined;
  connectedAt: Date | undefined;
  isDeleted: boolean;
}

const statusAfter: Partial<Record<SessionEvent['type'], SessionStatus>> = {
  SessionCreated: 'connecting',
  SessionConnecting: 'connecting',
  SessionQrIssued: 'pending',
  SessionConnected: 'connected',
  SessionReconnecting: 'reconnecting',
  SessionDisconnected: 'disconnected',
  SessionFailed: 'error',
  SessionDeleted: 'disconnected',
};

/** The last word on each session of the batch, with what the words before it told, in the order of their ids. */
export function sessionFactsOf(batch: readonly StoredEvent[]): SessionFact[] {
  const facts = new Map<string, SessionFact>();
  for (const { event } of batch) {
    const { type, tenant, data, at } = event as SessionEvent;
    const status = statusAfter[type];
    if (status === undefined) continue;
    const known = facts.get(data.sessionId);
    facts.set(data.sessionId, {
      sessionId: data.sessionId,
      tenant,
      status,
      network: type === 'SessionCreated' ? (data as { network: Network }).network : known?.network,
      connectedAt: known?.connectedAt ?? (type === 'SessionConnected' ? new Date(at) : undefined),
      isDeleted: type === 'SessionDeleted',
    });
  }
  return [...facts.values()].sort((a, b) => (a.sessionId < b.sessionId ? -1 : 1));
}
