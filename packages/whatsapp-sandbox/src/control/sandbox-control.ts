import { assertDropCode, assertFault, type FaultScope, type FaultSpec } from '../faults/fault.ts';
import type { DisconnectRequest, InboxRequest, LinkedPhoneStatus } from '../sandbox.ts';
import { type DropKind, dropConnection } from '../server/drop-connection.ts';
import type { Network } from '../server/network.ts';
import { tellRestrictions } from '../server/restriction.ts';
import { unlinkDevice } from '../server/unlink-device.ts';
import { type Account, lidJid, numberJid } from '../state/account.ts';
import type { CompanionDevice } from '../state/companion-device.ts';
import type { InboxMessage } from '../state/inbox.ts';
import type { SentCopy } from '../state/phone.ts';
import { assertPhone, findLinked } from './find-phone.ts';

const DEFAULT_INBOX_LIMIT = 100;
const UNCODED_DROPS: readonly DropKind[] = ['reset', 'close', 'stream-end', 'silence'];

export function readInbox(
  { world }: Network,
  { phone, owner, limit = DEFAULT_INBOX_LIMIT }: InboxRequest,
): InboxMessage[] {
  assertPhone(phone);
  // Nobody wrote to a number that was never seen, and looking must not make it.
  if (!world.directory.find(phone)) return [];
  return world.phones.of(phone).inbox.list(limit, (message) => message.owner === owner);
}

export function readSentCopies({ world }: Network, { phone, owner }: { phone: string; owner: string }): SentCopy[] {
  findLinked(world.directory, phone, owner);
  return world.phones.of(phone).sentCopies.filter((copy) => copy.owner === owner);
}

export function injectFault(network: Network, fault: FaultSpec): { id: string } {
  const { world, faults } = network;
  assertFault(fault);
  if (fault.phone !== undefined && fault.owner !== undefined) findLinked(world.directory, fault.phone, fault.owner);
  return tellRestrictions(network, () => ({ id: faults.add(fault).id }));
}

export function clearFaults(network: Network, scope: FaultScope = {}): void {
  tellRestrictions(network, () => network.faults.clear(scope));
}

export function disconnect(network: Network, { phone, code, owner }: DisconnectRequest): void {
  if (!UNCODED_DROPS.includes(code)) assertDropCode(code);
  const { devices } = findLinked(network.world.directory, phone, owner);
  for (const device of devices) {
    const connection = network.connected.of(device);
    if (connection) dropConnection(network, connection, code);
  }
}

export function unlinkPhone(network: Network, { phone, owner }: { phone: string; owner: string }): void {
  const { account, devices } = findLinked(network.world.directory, phone, owner);
  for (const device of devices) unlinkDevice(network, account, device);
}

export function listLinkedPhones(network: Network, owner?: string): LinkedPhoneStatus[] {
  return Array.from(network.world.directory.accounts).flatMap((account) => {
    const devices = Array.from(account.devices.values()).filter(
      (device) => owner === undefined || device.owner === owner,
    );
    return devices.length === 0 ? [] : [describe(network, account, devices)];
  });
}

function describe(
  { world, connected }: Network,
  account: Account,
  devices: readonly CompanionDevice[],
): LinkedPhoneStatus {
  return {
    phone: account.number,
    name: account.name,
    lid: lidJid(account),
    devices: devices.map((device) => ({
      jid: numberJid(account, device.id),
      owner: device.owner,
      online: connected.of(device)?.active ?? false,
      preKeys: device.preKeys.size,
      waiting: world.queueOf(device.number, device.id).size,
    })),
  };
}
