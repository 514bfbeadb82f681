import type { DisconnectCause } from '@wam/contracts';

/** Why a session is not connected, in a sentence for the owner of the account. */
export const disconnectReason: Readonly<Record<DisconnectCause, string>> = {
  'connection-lost': 'The connection to WhatsApp was lost',
  'connection-refused': 'WhatsApp refused the connection',
  unresponsive: 'WhatsApp stopped answering; connecting again',
  replaced: 'Another device took over this connection',
  'server-unavailable': 'WhatsApp is not reachable at the moment',
  'restart-required': 'WhatsApp asked for a new connection',
  'logged-out': 'The phone unlinked this session; connect it and scan a new QR code',
  banned: 'WhatsApp has banned this number',
  'client-outdated': 'WhatsApp does not accept this version of the client any more',
  'qr-timeout': 'The QR code was not scanned in time; connect the session for a new one',
  requested: 'The session was disconnected on request',
  shutdown: 'The service is restarting',
  unknown: 'The connection ended for an unknown reason',
};

/** Why it may not write to new people (463). */
export const restrictionReason =
  'WhatsApp does not let this session start new chats for a time; chats it has go on. Sending on to new people makes it longer';
