import type { Account } from '../state/account.ts';
import type { CompanionDevice } from '../state/companion-device.ts';
import { DEVICE_REMOVED } from './drop-connection.ts';
import type { Network } from './network.ts';

/** The phone removes a linked device: its connection ends with 401 and its later logins are refused. */
export function unlinkDevice(network: Network, account: Account, device: CompanionDevice): void {
  const connection = network.connected.of(device);
  forgetDevice(network, account, device);
  if (!connection) return;
  network.connected.detach(connection);
  network.world.journal.afterCommit(() => connection.endWith(DEVICE_REMOVED));
}

/** Removes the device and what waits for it, leaving its connection to the caller. */
export function forgetDevice(network: Network, account: Account, device: CompanionDevice): void {
  network.world.directory.unlink(account, device);
  network.world.removeQueue(device.number, device.id);
}
