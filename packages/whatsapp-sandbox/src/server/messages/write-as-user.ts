import { randomBytes } from 'node:crypto';
import { unixSeconds } from '../../clock.ts';
import { magicEffectOf } from '../../magic-recipients.ts';
import { type Node, type WaMessage, waMessageCodec } from '../../protocol/index.ts';
import { type Account, lidJid, numberJid } from '../../state/account.ts';
import type { CompanionDevice } from '../../state/companion-device.ts';
import { readContent } from '../../state/message-content.ts';
import { deliverMessage } from '../hand-to-device.ts';
import { takeDeviceBundle } from '../iq/encrypt-iqs.ts';
import type { Network } from '../network.ts';

/** A message id as phones make them: 32 hex digits. */
export const newMessageId = (): string => `AC${randomBytes(15).toString('hex').toUpperCase()}`;

/** A simulated user's phone writes to every linked device of `to`. Returns the message's id. */
export function writeAsUser(
  network: Network,
  from: Account,
  to: Account,
  message: WaMessage,
  id: string = newMessageId(),
): string {
  const plaintext = { fromNumber: from.number, message: waMessageCodec.encode(message) };
  for (const device of to.devices.values()) {
    deliverMessage(network, device, encryptFor(network, from, to, device, message, id), plaintext);
  }
  return id;
}

/** The message stanza of `from`'s phone for one device. */
export function encryptFor(
  network: Network,
  from: Account,
  to: Account,
  device: CompanionDevice,
  message: WaMessage,
  id: string,
): Node {
  const { world } = network;
  const phone = world.phones.of(from.number);
  const { type, ciphertext } = phone.encrypt(lidJid(to, device.id), message, () => takeDeviceBundle(network, device));
  return {
    tag: 'message',
    attrs: {
      ...senderOf(from),
      type: stanzaType(message),
      id,
      t: unixSeconds(world.clock),
      notify: from.name,
    },
    content: [{ tag: 'enc', attrs: { v: '2', type }, content: ciphertext }],
  };
}

/** How a session sees the author of a message: those who hide their number under the LID alone. */
export const shownJid = (account: Account): string =>
  magicEffectOf(account.number) === 'hides-number' ? lidJid(account) : numberJid(account);

function senderOf(account: Account): Record<string, string> {
  const from = shownJid(account);
  return from === lidJid(account) ? { from, addressing_mode: 'lid' } : { from, sender_lid: lidJid(account) };
}

function stanzaType(message: WaMessage): string {
  const { type } = readContent(message);
  if (type === 'reaction') return 'reaction';
  return ['image', 'video', 'audio', 'document', 'location', 'contact'].includes(type) ? 'media' : 'text';
}
