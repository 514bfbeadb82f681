import { unixSeconds } from '../../clock.ts';
import { KeyPair, openKeyBundle, ProtocolError, unwrapEphemeralKey, wrapEphemeralKey } from '../../protocol/index.ts';
import { SandboxError } from '../../sandbox-error.ts';
import { type Account, SERVER_JID } from '../../state/account.ts';
import type { CompanionDevice } from '../../state/companion-device.ts';
import type { Network } from '../network.ts';
import { completePairing } from './complete-pairing.ts';
import { belongsTo } from './pair-by-qr.ts';

/**
 * What the phone does when its user types the 8-character code a client shows.
 * Throws QR_EXPIRED when no client waits for this number, QR_UNREADABLE when the code is wrong.
 */
export async function pairByCode(
  network: Network,
  account: Account,
  code: string,
  owner: string,
): Promise<CompanionDevice> {
  const { world, pairing } = network;
  const waiting = await pairing.awaitingCode(account.number);
  const registration = waiting?.connection.registration;
  if (!waiting || !registration || !belongsTo(waiting.connection.ownerHint, owner)) {
    throw new SandboxError('QR_EXPIRED', 'no client waits for a code of this number');
  }
  const { connection, ref, wrappedEphemeral } = waiting;
  const phone = world.phones.of(account.number);
  const phoneEphemeral = KeyPair.generate();
  const companionEphemeral = await unwrapEphemeralKey(code, wrappedEphemeral);
  const wrappedPhoneEphemeral = await wrapEphemeralKey(code, phoneEphemeral.publicKey);

  const keyBundle = pairing.expect(connection, 'key-bundle');
  connection.send({
    tag: 'notification',
    attrs: {
      from: SERVER_JID,
      id: connection.newId(),
      type: 'link_code_companion_reg',
      t: unixSeconds(world.clock),
    },
    content: [
      {
        tag: 'link_code_companion_reg',
        attrs: { stage: 'primary_hello' },
        content: [
          { tag: 'link_code_pairing_wrapped_primary_ephemeral_pub', attrs: {}, content: wrappedPhoneEphemeral },
          { tag: 'primary_identity_pub', attrs: {}, content: phone.identity.publicKey },
          { tag: 'link_code_pairing_ref', attrs: {}, content: Buffer.from(ref) },
        ],
      },
    ],
  });
  const wrappedKeyBundle = await keyBundle;
  if (!wrappedKeyBundle) throw new SandboxError('QR_EXPIRED', 'the client went away before it was linked');

  const { companionIdentity, advSecret } = refuseWrongCode(() =>
    openKeyBundle({ wrappedKeyBundle, phoneEphemeral, companionEphemeral, phoneIdentity: phone.identity }),
  );
  if (!companionIdentity.equals(registration.identityKey)) {
    throw new SandboxError('QR_UNREADABLE', 'the code was shown by another client');
  }
  return completePairing(network, { connection, registration, account, owner, advSecret });
}

function refuseWrongCode<T>(open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new SandboxError('QR_UNREADABLE', 'the code is not the one the client shows', { cause: error });
  }
}
