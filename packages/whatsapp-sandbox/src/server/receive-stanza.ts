import type { Node } from '../protocol/index.ts';
import type { ClientConnection } from './client-connection.ts';
import { answerIq } from './iq/answer-iq.ts';
import { acceptAck } from './messages/accept-ack.ts';
import { acceptMessage } from './messages/accept-message.ts';
import { acceptReceipt } from './messages/accept-receipt.ts';
import type { Network } from './network.ts';

/** Stanzas that need no answer and change nothing here; an ack counts only from a client with a queue. */
const HEARD_ONLY: ReadonlySet<string> = new Set(['ack', 'presence', 'chatstate', 'ib', 'call']);

/** Takes one stanza of a client. Only iqs mean anything before login. */
export function receiveStanza(network: Network, connection: ClientConnection, node: Node): void {
  const { statistics } = network;
  statistics.noteReceived(node);
  const { loggedIn } = connection;
  if (node.tag === 'iq') answerIq(network, connection, node);
  else if (loggedIn && node.tag === 'message') acceptMessage(network, connection, loggedIn, node);
  else if (loggedIn && node.tag === 'receipt') acceptReceipt(network, connection, loggedIn, node);
  else if (loggedIn && node.tag === 'ack') acceptAck(network, loggedIn, node);
  else if (!HEARD_ONLY.has(node.tag)) statistics.noteUnknown(node);
}
