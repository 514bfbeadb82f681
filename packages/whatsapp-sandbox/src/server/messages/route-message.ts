import { unixSeconds } from '../../clock.ts';
import type { AcceptedFate } from '../../faults/message-fate.ts';
import { type Node, parseJid } from '../../protocol/index.ts';
import { type Account, lidJid, numberJid } from '../../state/account.ts';
import type { LoggedIn } from '../client-connection.ts';
import { deliverMessage } from '../hand-to-device.ts';
import type { Network } from '../network.ts';
import type { Envelope, OutgoingMessage } from './outgoing-message.ts';
import { learnOfOwnMessage, receiveOnPhone } from './receive-on-phone.ts';

/** Hands each copy of an accepted message to its device: phones decrypt at once, linked clients get a stanza. */
export function routeMessage(network: Network, sender: LoggedIn, message: OutgoingMessage, fate: AcceptedFate): void {
  const { directory } = network.world;
  for (const envelope of message.envelopes) {
    const account = directory.resolveJid(envelope.jid);
    if (!account) continue;
    const isOwn = account === sender.account;
    if (!isOwn && !fate.delivers) continue;
    const deviceId = parseJid(envelope.jid)?.device ?? 0;
    if (deviceId !== 0) forwardToDevice(network, sender, message, envelope, account, deviceId);
    else if (isOwn) learnOfOwnMessage(network, sender, message, envelope);
    else receiveOnPhone(network, sender, message, envelope, account, fate);
  }
}

function forwardToDevice(
  network: Network,
  sender: LoggedIn,
  message: OutgoingMessage,
  { enc }: Envelope,
  account: Account,
  deviceId: number,
): void {
  const device = account.devices.get(deviceId);
  if (!device) return;
  deliverMessage(network, device, {
    tag: 'message',
    attrs: {
      from: numberJid(sender.account, sender.device.id),
      sender_lid: lidJid(sender.account, sender.device.id),
      type: message.type,
      id: message.id,
      t: unixSeconds(network.world.clock),
      notify: sender.account.name,
      // Another client of the same account needs to know whom the message was for.
      ...(account === sender.account && { recipient: message.chat ?? message.to }),
    },
    content: [enc, ...optional(message.deviceIdentity)],
  });
}

const optional = (node: Node | undefined): Node[] => (node ? [node] : []);
