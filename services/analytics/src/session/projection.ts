/** One row per session, folded from `evt.session.>`. One writer per session and the order of the log: the last event decides. */
import {
  type DisconnectCause,
  type Network,
  poolOf,
  type SessionEvent,
  type SessionMetadata,
  type SessionStatus,
} from '@wam/contracts';
import { storableText } from '../storable-text.ts';

export interface SessionRow {
  tenant: string;
  sessionId: string;
  name: string;
  description: string;
  network: Network;
  pool: string;
  /** Digits; null until a phone is linked. Kept after a log-out: it says which phone to link again. */
  phone: string | null;
  status: SessionStatus;
  hasQr: boolean;
  qrExpiresAt: string | null;
  /** Why it is not connected. */
  reason: DisconnectCause | null;
  /** Since when, and until when, it may start no new chats; null while it may. */
  restrictedAt: string | null;
  restrictedUntil: string | null;
  createdAt: string;
  metadata: SessionMetadata;
  deleted: boolean;
}

/** A session begins with SessionCreated; what comes for an unknown session changes nothing. */
export function evolve(row: SessionRow | undefined, event: SessionEvent): SessionRow | undefined {
  if (event.type === 'SessionCreated') return row ?? created(event);
  if (row === undefined || row.deleted) return row;
  const waiting = { hasQr: false, qrExpiresAt: null, reason: null };
  switch (event.type) {
    case 'SessionDescribed':
      return { ...row, ...described(event.data) };
    case 'SessionConnecting':
      return { ...row, ...waiting, status: 'connecting' };
    case 'SessionQrIssued':
      return { ...row, status: 'pending', hasQr: true, qrExpiresAt: event.data.expiresAt, reason: null };
    case 'SessionPaired':
      return { ...row, ...waiting, status: 'connecting', phone: event.data.phone };
    case 'SessionConnected':
      return { ...row, ...waiting, status: 'connected', phone: event.data.phone };
    case 'SessionReconnecting':
      return { ...row, ...waiting, status: 'reconnecting', reason: event.data.cause };
    case 'SessionDisconnected':
      return { ...row, ...waiting, status: 'disconnected', reason: event.data.cause };
    case 'SessionFailed':
      return { ...row, ...waiting, status: 'error', reason: event.data.cause };
    case 'SessionRestricted':
      return { ...row, restrictedAt: restrictedSince(row, event.at), restrictedUntil: event.data.until };
    case 'SessionUnrestricted':
      return { ...row, ...unrestricted };
    case 'SessionMoved':
      return { ...row, pool: event.data.to };
    case 'SessionDeleted':
      return { ...row, ...waiting, status: 'disconnected', deleted: true };
    default:
      return event satisfies never;
  }
}

function created({ tenant, at, data }: Extract<SessionEvent, { type: 'SessionCreated' }>): SessionRow {
  return {
    tenant,
    sessionId: data.sessionId,
    ...described(data),
    network: data.network,
    pool: data.pool ?? poolOf(data.network),
    phone: null,
    status: 'connecting',
    hasQr: false,
    qrExpiresAt: null,
    reason: null,
    ...unrestricted,
    createdAt: at,
    deleted: false,
  };
}

const described = (data: { name: string; description: string; metadata?: SessionMetadata }) => ({
  name: storableText(data.name),
  description: storableText(data.description),
  metadata: storableMetadata(data.metadata ?? {}),
});

/** Since the first word of it, unless that one's time was over: nobody need have said so. */
const restrictedSince = ({ restrictedAt, restrictedUntil }: SessionRow, at: string): string =>
  restrictedAt !== null && restrictedUntil !== null && restrictedUntil > at ? restrictedAt : at;

const unrestricted = { restrictedAt: null, restrictedUntil: null };

const storableMetadata = (metadata: SessionMetadata): SessionMetadata =>
  Object.fromEntries(Object.entries(metadata).map(([key, value]) => [storableText(key), storableText(value)]));
