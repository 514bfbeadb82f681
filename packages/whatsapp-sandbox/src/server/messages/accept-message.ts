import { unixSeconds } from '../../clock.ts';
import { type AcceptedFate, decideMessageFate, type MessageFate } from '../../faults/message-fate.ts';
import { magicEffectOf } from '../../magic-recipients.ts';
import type { Node } from '../../protocol/index.ts';
import { type Account, lidJid } from '../../state/account.ts';
import { type CompanionDevice, deviceKey } from '../../state/companion-device.ts';
import type { ClientConnection, LoggedIn } from '../client-connection.ts';
import { dropConnection } from '../drop-connection.ts';
import { type Network, targetOf } from '../network.ts';
import { restrictedUntil } from '../restriction.ts';
import { unlinkDevice } from '../unlink-device.ts';
import { type OutgoingMessage, readOutgoingMessage } from './outgoing-message.ts';
import { routeMessage } from './route-message.ts';

/** Nack for a stanza the server cannot read, as the client library names it (ParsingError). */
const PARSING_ERROR = 487;

/**
 * A client sent a message. The server decides what becomes of it, hands it on, and acks it once it is stored: an acked
 * message survives the death of the server. Nothing is delivered of a message that is nacked or dropped.
 */
export function acceptMessage(network: Network, connection: ClientConnection, sender: LoggedIn, node: Node): void {
  const message = readOutgoingMessage(node);
  if (!message) {
    connection.send(ackOf(network, node, PARSING_ERROR));
    return;
  }
  const { world, timers } = network;
  const { device } = sender;
  world.ledger.note({
    id: message.id,
    device: deviceKey(device.number, device.id),
    owner: device.owner,
    to: message.to,
    at: world.clock.now(),
  });

  const recipient = message.chat === undefined ? undefined : world.directory.resolveJid(message.chat);
  const fate = decideFate(network, sender, message, recipient);
  if (fate.outcome === 'dropped') return;
  timers.after(fate.ackDelayMs, () => {
    if (fate.outcome === 'nacked') {
      connection.send(ackOf(network, node, fate.code));
      return;
    }
    routeMessage(network, sender, message, fate);
    world.journal.afterCommit(() => timers.after(fate.ackLagMs, () => connection.send(ackOf(network, node))));
    endSenderIfAsked(network, connection, sender, fate, recipient);
  });
}

function decideFate(
  network: Network,
  { account, device }: LoggedIn,
  message: OutgoingMessage,
  recipient: Account | undefined,
): MessageFate {
  const { faults, behaviour } = network;
  // Groups, broadcasts and notes to the own phone have no number that could be missing or magic.
  const isPerson = message.chat !== undefined && message.category !== 'peer';
  return decideMessageFate(
    {
      magic: recipient && magicEffectOf(recipient.number),
      mayStartChats: !isPerson || recipient === undefined || mayWrite(network, account, device, recipient),
      onWhatsApp: !isPerson || recipient !== undefined,
      recipientIsLinked: recipient !== undefined && recipient.devices.size > 0 && recipient !== account,
    },
    faults,
    targetOf(device, recipient?.number),
    behaviour,
  );
}

/** A chat is there when either of them has written to the other: their keys have met. */
function mayWrite(network: Network, account: Account, device: CompanionDevice, recipient: Account): boolean {
  if (recipient === account || restrictedUntil(network, device) === undefined) return true;
  return network.world.phones.of(recipient.number).hasSession(lidJid(account, device.id));
}

function endSenderIfAsked(
  network: Network,
  connection: ClientConnection,
  { account, device }: LoggedIn,
  fate: AcceptedFate,
  recipient: Account | undefined,
): void {
  const { journal } = network.world;
  if (fate.logsOutSender) journal.afterCommit(() => unlinkDevice(network, account, device));
  const close = network.faults.takeLast('close-after', targetOf(device, recipient?.number));
  if (close) journal.afterCommit(() => dropConnection(network, connection, close.code));
}

function ackOf({ world }: Network, { attrs }: Node, error?: number): Node {
  return {
    tag: 'ack',
    attrs: {
      class: 'message',
      id: attrs.id ?? '',
      from: attrs.to ?? '',
      t: unixSeconds(world.clock),
      ...(error !== undefined && { error: String(error) }),
    },
  };
}
