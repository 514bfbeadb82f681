/** What the log says of sessions, as far as sending campaigns is concerned. Pure. */
import { type Network, poolOf, type SessionEvent, type SessionStatus } from '@wam/contracts';
import type { StoredEvent } from '@wam/service-kit/nats';

export interface SessionFact {
  sessionId: string;
  tenant: string;
  /** Undefined when nothing of the batch tells. */
  status: SessionStatus | undefined;
  /** Known when it was created or moved in the batch. */
  pool: string | undefined;
  /** Known from its creation only. */
  network: Network | undefined;
  connectedAt: Date | undefined;
  /** Until when WhatsApp lets it start no new chats; null: it may again; undefined when nothing of the batch tells. */
  restrictedUntil: string | null | undefined;
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

const ofLanes: ReadonlySet<SessionEvent['type']> = new Set([
  'SessionMoved',
  'SessionRestricted',
  'SessionUnrestricted',
]);

/** The last word on each session of the batch, with what the words before it told, in the order of their ids. */
export function sessionFactsOf(batch: readonly StoredEvent[]): SessionFact[] {
  const facts = new Map<string, SessionFact>();
  for (const { event } of batch) {
    const { type, tenant, data, at } = event as SessionEvent;
    if (statusAfter[type] === undefined && !ofLanes.has(type)) continue;
    const known = facts.get(data.sessionId);
    const status = statusAfter[type] ?? known?.status;
    const created = type === 'SessionCreated' ? (data as { network: Network; pool?: string }) : undefined;
    const restricted = type === 'SessionRestricted' ? (data as { until: string }).until : undefined;
    const moved = type === 'SessionMoved' ? (data as { to: string }) : undefined;
    facts.set(data.sessionId, {
      sessionId: data.sessionId,
      tenant,
      status,
      network: created?.network ?? known?.network,
      pool: moved?.to ?? (created && (created.pool ?? poolOf(created.network))) ?? known?.pool,
      connectedAt: known?.connectedAt ?? (type === 'SessionConnected' ? new Date(at) : undefined),
      restrictedUntil: restricted ?? (type === 'SessionUnrestricted' ? null : known?.restrictedUntil),
      isDeleted: type === 'SessionDeleted',
    });
  }
  return [...facts.values()].sort((a, b) => (a.sessionId < b.sessionId ? -1 : 1));
}
