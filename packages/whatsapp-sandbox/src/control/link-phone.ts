import { ProtocolError } from '../protocol/index.ts';
import { SandboxError } from '../sandbox-error.ts';
import type { Network } from '../server/network.ts';
import { pairByCode } from '../server/pairing/pair-by-code.ts';
import { pairByQr } from '../server/pairing/pair-by-qr.ts';
import { type Account, lidJid, numberJid } from '../state/account.ts';
import type { CompanionDevice } from '../state/companion-device.ts';
import { assertPhone, freeNumber, ownerOf } from './find-phone.ts';
import { readQrText } from './read-qr-image.ts';

export interface LinkedPhone {
  /** The phone's number. */
  phone: string;
  /** Its LID, as a jid. */
  lid: string;
  /** The new device's jid. */
  jid: string;
  name: string;
}

export interface ScanQrRequest {
  /** PNG data URL, or the code's text. */
  qr: string;
  /** Default: a number nobody has used. */
  phone?: string;
  /** The account's name; default kept, or `User` and the last digits. */
  name?: string;
  /** The tenant that links the device. */
  owner: string;
}

/** A phone scans a QR code. Throws QR_UNREADABLE, QR_EXPIRED, PHONE_IN_USE, UNKNOWN_PHONE. */
export async function scanQr(network: Network, { qr, phone, name, owner }: ScanQrRequest): Promise<LinkedPhone> {
  const text = readQrText(qr);
  const number =
    phone ?? freeNumber(network.world.directory, (each) => network.pairing.linkingOwner(each) !== undefined);
  const account = takePhone(network, number, name, owner);
  return describe(account, await asReadable(pairByQr(network, account, text, owner)));
}

export interface EnterPairingCodeRequest {
  phone: string;
  /** The eight characters the client shows; a dash in the middle is allowed. */
  code: string;
  owner: string;
}

/** A phone's user types a pairing code. Throws QR_UNREADABLE (wrong code), QR_EXPIRED, PHONE_IN_USE, UNKNOWN_PHONE. */
export async function enterPairingCode(
  network: Network,
  { phone, code, owner }: EnterPairingCodeRequest,
): Promise<LinkedPhone> {
  const account = takePhone(network, phone, undefined, owner);
  const typed = code.replaceAll('-', '').toUpperCase();
  return describe(account, await asReadable(pairByCode(network, account, typed, owner)));
}

function takePhone({ world, pairing }: Network, number: string, name: string | undefined, owner: string): Account {
  assertPhone(number);
  const holder = ownerOf(world.directory.find(number)) ?? pairing.linkingOwner(number);
  if (holder !== undefined && holder !== owner) {
    throw new SandboxError('PHONE_IN_USE', 'this number is linked by another owner');
  }
  return world.directory.register(number, name);
}

/** A client that answers the phone with something malformed is showing no proper code. */
async function asReadable(linking: Promise<CompanionDevice>): Promise<CompanionDevice> {
  try {
    return await linking;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new SandboxError('QR_UNREADABLE', 'the client did not prove its identity', { cause: error });
  }
}

const describe = (account: Account, device: CompanionDevice): LinkedPhone => ({
  phone: account.number,
  lid: lidJid(account),
  jid: numberJid(account, device.id),
  name: account.name,
});
