import type { Node } from '../protocol/index.ts';
import type { CompanionDevice } from '../state/companion-device.ts';
import type { QueuedStanza } from '../state/stanza-queue.ts';
import type { ClientConnection } from './client-connection.ts';
import type { Network } from './network.ts';

/**
 * Hands a message to a linked device: kept until the device acknowledges it, and sent once that is durable if the
 * device is there. A device that logs in meanwhile is offered its whole queue and needs no second copy.
 * Durable first, since a phone that forgot having encrypted would use the same message key twice.
 */
export function deliverMessage(
  network: Network,
  device: CompanionDevice,
  node: Node,
  plaintext?: QueuedStanza['plaintext'],
): void {
  const connection = enqueue(network, device, node, plaintext);
  if (connection) network.world.journal.afterCommit(() => connection.send(node));
}

/**
 * Hands a receipt to a linked device, and sends it at once if the device is there: a receipt that the server forgot
 * about in a crash is sent again, which does no harm.
 */
export function deliverReceipt(network: Network, device: CompanionDevice, node: Node): void {
  enqueue(network, device, node)?.send(node);
}

/** Returns the connection to send on, if the device is there. */
function enqueue(
  { world, connected }: Network,
  device: CompanionDevice,
  node: Node,
  plaintext?: QueuedStanza['plaintext'],
): ClientConnection | undefined {
  const sequence = world.nextSequence();
  world.queueOf(device.number, device.id).add({ sequence, node, ...(plaintext && { plaintext }) });
  const connection = connected.of(device);
  return connection?.active ? connection : undefined;
}
