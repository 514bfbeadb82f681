import { randomBytes } from 'node:crypto';
import { unixSeconds } from '../clock.ts';
import type { ClientPayload } from '../protocol/index.ts';
import { lidJid } from '../state/account.ts';
import type { ClientConnection } from './client-connection.ts';
import { failure, REPLACED } from './drop-connection.ts';
import { type Network, targetOf } from './network.ts';

const DAY_SEC = 86_400;

/** A linked client logs in. A device that was removed, or one that shows another Noise key, is refused with 401. */
export function logInClient(
  network: Network,
  connection: ClientConnection,
  payload: ClientPayload,
  noiseKey: Buffer,
): void {
  const { world, connected, faults } = network;
  const account = world.directory.find(String(payload.username));
  const device = account?.devices.get(payload.device ?? 0);
  if (!account || !device?.noiseKey.equals(noiseKey)) {
    connection.endWith(failure(401));
    return;
  }
  const refusal = faults.take('refuse-logins', targetOf(device));
  if (refusal) {
    connection.endWith(failure(refusal.code));
    return;
  }

  connection.loggedIn = { account, device };
  const replaced = connected.attach(connection, device);
  if (replaced) {
    replaced.active = false;
    replaced.endWith(REPLACED);
  }
  const nowSec = Number(unixSeconds(world.clock));
  connection.send({
    tag: 'success',
    attrs: {
      t: String(nowSec),
      props: '27',
      companion_enc_static: randomBytes(32).toString('base64'),
      location: 'sandbox',
      lid: lidJid(account, device.id),
      creation: String(nowSec - DAY_SEC),
    },
  });
}
