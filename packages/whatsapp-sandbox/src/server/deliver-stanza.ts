import type { Node } from '../protocol/index.ts';
import type { CompanionDevice } from '../state/companion-device.ts';
import type { QueuedStanza } from '../state/stanza-queue.ts';
import type { Network } from './network.ts';

/**
 * Hands a stanza to a linked device: kept until the device acknowledges it, and sent as soon as that is durable if the
 * device is there. A device that logs in meanwhile is offered its whole queue and needs no second copy.
 */
export function deliverStanza(
  network: Network,
  device: CompanionDevice,
  node: Node,
  plaintext?: QueuedStanza['plaintext'],
): void {
  const { world, connected } = network;
  const sequence = world.nextSequence();
  world.queueOf(device.number, device.id).add({ sequence, node, ...(plaintext && { plaintext }) });
  const connection = connected.of(device);
  if (!connection?.active) return;
  world.journal.afterCommit(() => connection.send(node));
}
