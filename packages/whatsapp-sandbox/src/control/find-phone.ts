import { magicEffectOf } from '../magic-recipients.ts';
import { SandboxError } from '../sandbox-error.ts';
import { type Account, isPhoneNumber } from '../state/account.ts';
import type { CompanionDevice } from '../state/companion-device.ts';
import type { Directory } from '../state/directory.ts';

/** The owner whose devices are linked to the number; undefined while it is free. All devices have one owner. */
export const ownerOf = (account: Account | undefined): string | undefined => {
  const [device] = account?.devices.values() ?? [];
  return device?.owner;
};

/** Throws UNKNOWN_PHONE unless `number` can be on this network. */
export function assertPhone(number: string): void {
  if (!isPhoneNumber(number) || magicEffectOf(number) === 'not-on-whatsapp') {
    throw new SandboxError('UNKNOWN_PHONE', 'not a phone number of this network: 7 to 15 digits, international form');
  }
}

/** The account and its devices of this owner. Throws PHONE_NOT_LINKED, also for a number of another owner. */
export function findLinked(
  directory: Directory,
  number: string,
  owner: string | undefined,
): { account: Account; devices: readonly CompanionDevice[] } {
  const account = directory.find(number);
  const devices = Array.from(account?.devices.values() ?? []).filter(
    (device) => owner === undefined || device.owner === owner,
  );
  if (!account || devices.length === 0) {
    throw new SandboxError('PHONE_NOT_LINKED', 'no linked device of this owner has this number');
  }
  return { account, devices };
}

/**
 * A number never seen on this network, the same for the same world: `1555` and seven digits, counted up.
 */
export function freeNumber(directory: Directory, isTaken: (number: string) => boolean): string {
  for (let index = 1; ; index += 1) {
    const number = `1555${String(index).padStart(7, '0')}`;
    if (directory.find(number) === undefined && !isTaken(number)) return number;
  }
}
