import type { Node } from '../../protocol/index.ts';
import type { LoggedIn } from '../client-connection.ts';
import type { Network } from '../network.ts';

/** With this error a client acks a message it could not decrypt; it asked for a retry, so the message stays queued. */
const UNHANDLED_ERROR = '500';

/** A client took a stanza in: it leaves its queue. */
export function acceptAck(network: Network, { device }: LoggedIn, { attrs }: Node): void {
  if (!attrs.class || !attrs.id || attrs.error === UNHANDLED_ERROR) return;
  network.world.queueOf(device.number, device.id).acknowledge(attrs.class, attrs.id, attrs.to, attrs.type);
}
