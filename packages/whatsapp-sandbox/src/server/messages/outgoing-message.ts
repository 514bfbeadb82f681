import {
  type CiphertextType,
  childNode,
  childNodes,
  contentBytes,
  formatJid,
  type Node,
  parseJid,
} from '../../protocol/index.ts';
import { LID_SERVER, USER_SERVER } from '../../state/account.ts';

/** One encrypted copy of a message, for one device. */
export interface Envelope {
  /** Jid of the device, by number or LID. */
  jid: string;
  encType: CiphertextType;
  ciphertext: Buffer;
  /** The `enc` node itself, which linked devices get unchanged. */
  enc: Node;
}

/** A message stanza as a client sent it. */
export interface OutgoingMessage {
  id: string;
  /** As the client addressed it; a retry names a device. */
  to: string;
  /** The chat's user without a device: where receipts come from. Undefined for groups and the like. */
  chat: string | undefined;
  /** `text`, `media`, `reaction`, ... */
  type: string;
  /** `peer` marks a note to the client's own phone. */
  category: string | undefined;
  envelopes: readonly Envelope[];
  deviceIdentity: Node | undefined;
}

/**
 * Reads a message stanza: either `participants` with a copy per device, or, when it answers a retry receipt, a single
 * `enc` for the device in `to` (whose `recipient` then names the chat if that is another one). Undefined: malformed.
 */
export function readOutgoingMessage(node: Node): OutgoingMessage | undefined {
  const { id, to, type = 'text', category, recipient } = node.attrs;
  if (!id || !to) return undefined;
  const direct = readEnvelope(to, childNode(node, 'enc'));
  const fanout = childNodes(childNode(node, 'participants'), 'to').flatMap((copy) => {
    const envelope = readEnvelope(copy.attrs.jid ?? '', childNode(copy, 'enc'));
    return envelope ? [envelope] : [];
  });
  return {
    id,
    to,
    chat: userJid(recipient ?? to),
    type,
    category,
    envelopes: direct ? [direct, ...fanout] : fanout,
    deviceIdentity: childNode(node, 'device-identity'),
  };
}

function readEnvelope(jid: string, enc: Node | undefined): Envelope | undefined {
  const ciphertext = contentBytes(enc);
  const encType = enc?.attrs.type;
  if (!enc || !ciphertext || (encType !== 'pkmsg' && encType !== 'msg')) return undefined;
  return { jid, encType, ciphertext, enc };
}

function userJid(jid: string): string | undefined {
  const address = parseJid(jid);
  if (address?.server !== USER_SERVER && address?.server !== LID_SERVER) return undefined;
  return formatJid({ user: address.user, server: address.server });
}
