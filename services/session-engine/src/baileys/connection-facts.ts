/** What Baileys reports, in our words. Pure. Codes: protocol reference, section 6. */
import type { DisconnectCause } from '@wam/contracts';
import type { AccountRestriction } from '../connection/whatsapp-connection.ts';

export interface ReportedClose {
  /** `lastDisconnect.error`: a Boom, undefined after `sock.end(undefined)`. */
  error: unknown;
  /** Whether this device is linked to a phone. */
  linked: boolean;
  /** Whether a QR code was on offer. */
  qrIssued: boolean;
}
export interface ClosedFact {
  cause: DisconnectCause;
  statusCode?: number;
}

interface BoomLike {
  message?: unknown;
  output?: { statusCode?: unknown };
  data?: unknown;
}

const causeByCode: Record<number, DisconnectCause> = {
  401: 'logged-out',
  // Of a login, as whatsmeow names them: banned for a time, locked, banned, and two that mean the client.
  402: 'banned',
  403: 'banned',
  405: 'client-outdated',
  406: 'banned',
  409: 'client-outdated',
  408: 'connection-lost',
  411: 'client-outdated',
  428: 'connection-lost',
  440: 'replaced',
  500: 'unknown',
  503: 'server-unavailable',
  515: 'restart-required',
};

/** Marks the close after an HTTP answer to the upgrade. Its 401 or 403 comes from a proxy and must not pass for a logout or a ban. */
export const httpRefusal = 'http-refusal';

/** Marks the close of a connection that was open and did not answer any more. */
export const deafConnection = 'deaf-connection';

export function closedFact({ error, linked, qrIssued }: ReportedClose): ClosedFact {
  if (error === undefined || error === null) return { cause: 'requested' };
  const boom = error as BoomLike;
  const statusCode = typeof boom.output?.statusCode === 'number' ? boom.output.statusCode : undefined;
  const code = statusCode === undefined ? {} : { statusCode };
  if (boom.data === deafConnection) return { cause: 'unresponsive' };
  if (boom.data === httpRefusal) return { cause: 'connection-refused', ...code };
  if (typeof boom.message === 'string' && boom.message.startsWith('WebSocket Error')) {
    return { cause: 'connection-refused', ...code };
  }
  if (statusCode === 408 && !linked && qrIssued) return { cause: 'qr-timeout', ...code };
  return { cause: (statusCode !== undefined && causeByCode[statusCode]) || 'unknown', ...code };
}

/** What WhatsApp says of the account's right to start chats. */
export const standingOf = ({
  isActive,
  timeEnforcementEnds,
}: {
  isActive?: boolean;
  timeEnforcementEnds?: Date;
}): AccountRestriction | 'none' => (isActive === true ? { until: timeEnforcementEnds } : 'none');

export interface StanzaLike {
  attrs: Record<string, string | undefined>;
  content?: unknown;
}

/** `ack` of class message: the only sign that the server has a message (protocol reference, section 4 "Status"). */
export function messageAck({ attrs }: StanzaLike): { waMessageId: string; errorCode?: number } | undefined {
  if (!attrs.id) return undefined;
  if (attrs.error === undefined) return { waMessageId: attrs.id };
  const errorCode = Number(attrs.error);
  return { waMessageId: attrs.id, errorCode: Number.isFinite(errorCode) ? errorCode : 500 };
}

/** Receipts of other kinds (retry, sender, inactive, ...) say nothing about the recipient having the message. */
export function messageReceipt(stanza: StanzaLike): { kind: 'delivered' | 'read'; waMessageIds: string[] } | undefined {
  const { id, type } = stanza.attrs;
  if (!id) return undefined;
  const kind = type === undefined ? 'delivered' : type === 'read' || type === 'played' ? 'read' : undefined;
  if (!kind) return undefined;
  const waMessageIds = new Set([id]);
  const children = Array.isArray(stanza.content) ? (stanza.content as (StanzaLike & { tag?: string })[]) : [];
  for (const list of children) {
    if (list.tag !== 'list' || !Array.isArray(list.content)) continue;
    for (const item of list.content as (StanzaLike & { tag?: string })[]) {
      if (item.tag === 'item' && item.attrs.id) waMessageIds.add(item.attrs.id);
    }
  }
  return { kind, waMessageIds: [...waMessageIds] };
}

/** `15551230001:3@s.whatsapp.net` -> `15551230001`; undefined for what is no phone number jid. */
export const phoneOfJid = (jid: string | null | undefined): string | undefined =>
  /^(\d+)(?::\d+)?@(?:s\.whatsapp\.net|c\.us|hosted)$/.exec(jid ?? '')?.[1];
export const lidOfJid = (jid: string | null | undefined): string | undefined =>
  /^(\d+)(?::\d+)?@(?:lid|hosted\.lid)$/.exec(jid ?? '')?.[1];
