import { randomBytes } from 'node:crypto';
import { unixSeconds } from '../../clock.ts';
import { buildDeviceIdentity, verifyDeviceSignature } from '../../protocol/index.ts';
import { SandboxError } from '../../sandbox-error.ts';
import { type Account, lidJid, numberJid, SERVER_JID } from '../../state/account.ts';
import type { CompanionDevice } from '../../state/companion-device.ts';
import type { ClientConnection, Registration } from '../client-connection.ts';
import type { Network } from '../network.ts';

export interface PairingRequest {
  connection: ClientConnection;
  registration: Registration;
  account: Account;
  owner: string;
  /** The secret the phone learnt from the QR code or the pairing code. */
  advSecret: Buffer;
}

/**
 * The phone's side of linking after it learnt the secret: it signs the client's identity, the client signs back, and is
 * told to log in (515). The device is linked, durably, before the client hears of it.
 * Throws QR_EXPIRED when the client goes away, ProtocolError when its signature is wrong.
 */
export async function completePairing(network: Network, request: PairingRequest): Promise<CompanionDevice> {
  const { pairing } = network;
  const { number } = request.account;
  pairing.withdraw(request.connection);
  pairing.startLinking(number, request.owner);
  try {
    return await linkClient(network, request);
  } finally {
    pairing.stopLinking(number);
  }
}

async function linkClient(network: Network, request: PairingRequest): Promise<CompanionDevice> {
  const { connection, registration, account, owner, advSecret } = request;
  const { world, pairing } = network;
  const phone = world.phones.of(account.number);
  const deviceId = world.directory.reserveDeviceId(account);
  const { deviceIdentity, details } = buildDeviceIdentity({
    phoneIdentity: phone.identity,
    companionIdentity: registration.identityKey,
    advSecret,
    keyIndex: deviceId,
    rawId: randomBytes(4).readUInt32BE(),
    timestampSec: Number(unixSeconds(world.clock)),
  });

  const signature = pairing.expect(connection, 'signed-identity');
  connection.send({
    tag: 'iq',
    attrs: { from: SERVER_JID, type: 'set', id: connection.newId(), xmlns: 'md', t: unixSeconds(world.clock) },
    content: [
      {
        tag: 'pair-success',
        attrs: {},
        content: [
          { tag: 'device-identity', attrs: {}, content: deviceIdentity },
          // Becomes the client's push name; without one Baileys never announces its presence.
          { tag: 'biz', attrs: { name: account.name } },
          { tag: 'device', attrs: { jid: numberJid(account, deviceId), lid: lidJid(account, deviceId) } },
          { tag: 'platform', attrs: { name: 'android' } },
        ],
      },
    ],
  });
  const signed = await signature;
  if (!signed) throw new SandboxError('QR_EXPIRED', 'the client went away before it was linked');
  verifyDeviceSignature({
    deviceIdentity: signed,
    details,
    companionIdentity: registration.identityKey,
    phoneIdentity: phone.identity.publicKey,
  });

  const device = world.directory.link(account, { ...registration, owner, id: deviceId });
  await new Promise<void>((resolve) => world.journal.afterCommit(resolve));
  connection.endWith({ tag: 'stream:error', attrs: { code: '515' } });
  return device;
}
