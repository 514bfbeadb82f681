import { type PairingQr, ProtocolError, parsePairingQr } from '../../protocol/index.ts';
import { SandboxError } from '../../sandbox-error.ts';
import type { Account } from '../../state/account.ts';
import type { CompanionDevice } from '../../state/companion-device.ts';
import type { Network } from '../network.ts';
import { completePairing } from './complete-pairing.ts';

/** What the phone app does with the text of a QR code. Throws QR_UNREADABLE, QR_EXPIRED. */
export function pairByQr(network: Network, account: Account, text: string, owner: string): Promise<CompanionDevice> {
  const qr = readQr(text);
  const connection = network.pairing.byRef(qr.ref);
  const registration = connection?.registration;
  if (!connection || !registration || !belongsTo(connection.ownerHint, owner)) {
    throw new SandboxError('QR_EXPIRED', 'no client is showing this code any more');
  }
  if (!registration.noiseKey.equals(qr.noiseKey) || !registration.identityKey.equals(qr.identityKey)) {
    throw new SandboxError('QR_UNREADABLE', 'the code names other keys than the client that shows it');
  }
  return completePairing(network, { connection, registration, account, owner, advSecret: qr.advSecret });
}

/** A client that named its owner when it connected is linked by that owner only. */
export const belongsTo = (ownerHint: string | undefined, owner: string): boolean =>
  ownerHint === undefined || ownerHint === owner;

function readQr(text: string): PairingQr {
  try {
    return parsePairingQr(text.trim());
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new SandboxError('QR_UNREADABLE', 'this is not a WhatsApp linking code', { cause: error });
  }
}
