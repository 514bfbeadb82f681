import { randomBytes } from 'node:crypto';
import type { DevicePairingData } from '../../protocol/index.ts';
import { SERVER_JID } from '../../state/account.ts';
import type { ClientConnection, Registration } from '../client-connection.ts';
import { failure } from '../drop-connection.ts';
import type { Network } from '../network.ts';

const REF_BYTES = 48;

/** A client without an account registered its keys: it gets the refs its QR codes will carry. */
export function registerClient(
  network: Network,
  connection: ClientConnection,
  keys: DevicePairingData,
  noiseKey: Buffer,
): void {
  const registration = readRegistration(keys, noiseKey);
  if (!registration) {
    connection.endWith(failure(400));
    return;
  }
  connection.registration = registration;
  const refs = Array.from({ length: network.behaviour.qrRefs }, () => `2@${randomBytes(REF_BYTES).toString('base64')}`);
  network.pairing.offerRefs(connection, refs);
  connection.send({
    tag: 'iq',
    attrs: { from: SERVER_JID, type: 'set', id: connection.newId(), xmlns: 'md' },
    content: [
      {
        tag: 'pair-device',
        attrs: {},
        content: refs.map((ref) => ({ tag: 'ref', attrs: {}, content: Buffer.from(ref) })),
      },
    ],
  });
}

function readRegistration(keys: DevicePairingData, noiseKey: Buffer): Registration | undefined {
  const { eRegid, eIdent, eSkeyId, eSkeyVal, eSkeySig } = keys;
  if (eRegid?.length !== 4 || eIdent?.length !== 32 || eSkeyId?.length !== 3) return undefined;
  if (eSkeyVal?.length !== 32 || eSkeySig?.length !== 64) return undefined;
  return {
    noiseKey,
    identityKey: eIdent,
    registrationId: eRegid.readUInt32BE(),
    signedPreKey: { id: eSkeyId.readUIntBE(0, 3), publicKey: eSkeyVal, signature: eSkeySig },
  };
}
