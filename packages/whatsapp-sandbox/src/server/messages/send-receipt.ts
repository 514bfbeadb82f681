import { unixSeconds } from '../../clock.ts';
import type { CompanionDevice } from '../../state/companion-device.ts';
import type { PendingReceipt } from '../../state/pending-receipts.ts';
import { deliverReceipt } from '../hand-to-device.ts';
import type { Network } from '../network.ts';

/** A simulated phone's receipt is due: delivery goes to the device that sent the message, read to all of its account. */
export function sendReceipt(network: Network, receipt: PendingReceipt): void {
  const { world } = network;
  const account = world.directory.find(receipt.toNumber);
  for (const device of account?.devices.values() ?? []) {
    if (!isFor(receipt, device)) continue;
    deliverReceipt(network, device, {
      tag: 'receipt',
      attrs: {
        from: receipt.fromJid,
        id: receipt.messageId,
        t: unixSeconds(world.clock),
        ...(receipt.type === 'read' && { type: 'read' }),
      },
    });
  }
}

const isFor = ({ type, toDevice }: PendingReceipt, device: CompanionDevice): boolean =>
  type === 'read' || device.id === toDevice;
