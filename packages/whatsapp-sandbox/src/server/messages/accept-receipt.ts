import { unixSeconds } from '../../clock.ts';
import { childNode, childNodes, type Node, parseJid, waMessageCodec } from '../../protocol/index.ts';
import { type Account, lidJid, numberJid } from '../../state/account.ts';
import type { CompanionDevice } from '../../state/companion-device.ts';
import type { ClientConnection, LoggedIn } from '../client-connection.ts';
import { deliverReceipt } from '../hand-to-device.ts';
import { takeDeviceBundle } from '../iq/encrypt-iqs.ts';
import type { Network } from '../network.ts';
import { encryptFor } from './write-as-user.ts';

/** Receipts that concern nobody but the account itself. */
const INTERNAL_TYPES: ReadonlySet<string | undefined> = new Set(['peer_msg', 'hist_sync', 'sender', 'read-self']);

/**
 * A client received, read, or could not decrypt something. What it received leaves its queue; the news goes to the
 * sender's clients; a simulated user whose message could not be decrypted encrypts it anew.
 */
export function acceptReceipt(network: Network, connection: ClientConnection, reader: LoggedIn, node: Node): void {
  const { id = '', to, type } = node.attrs;
  const { world } = network;
  connection.send({
    tag: 'ack',
    attrs: { class: 'receipt', id, from: to ?? '', t: unixSeconds(world.clock), ...(type && { type }) },
  });
  if (type === 'retry') answerRetry(network, reader, node);
  else {
    const queue = world.queueOf(reader.device.number, reader.device.id);
    for (const received of receiptIds(node)) queue.acknowledge('message', received, to);
  }
  if (to && !INTERNAL_TYPES.has(type)) forward(network, reader, node, to);
}

/** The ids of a receipt: its own, and those of its list when it covers several messages. */
export const receiptIds = (node: Node): string[] => [
  ...(node.attrs.id ? [node.attrs.id] : []),
  ...childNodes(childNode(node, 'list'), 'item').flatMap(({ attrs }) => attrs.id ?? []),
];

/** Delivery receipts are addressed to the sending device, read receipts to its user: those go to all its clients. */
function forward(network: Network, { account, device }: LoggedIn, node: Node, to: string): void {
  const { id = '', type } = node.attrs;
  const author = network.world.directory.resolveJid(to);
  if (!author || author === account) return;
  const from = type === 'retry' ? numberJid(account, device.id) : numberJid(account);
  for (const recipient of addressees(author, parseJid(to)?.device)) {
    deliverReceipt(network, recipient, {
      tag: 'receipt',
      attrs: {
        from,
        id,
        t: unixSeconds(network.world.clock),
        // `inactive` is between client and server: to the author the message is delivered.
        ...(type && type !== 'inactive' && { type }),
      },
      ...(node.content !== undefined && { content: node.content }),
    });
  }
}

function addressees(author: Account, deviceId: number | undefined): Iterable<CompanionDevice> {
  if (deviceId === undefined) return author.devices.values();
  const device = author.devices.get(deviceId);
  return device ? [device] : [];
}

/** Only messages of simulated users are encrypted here; for others the receipt is forwarded to the sending client. */
function answerRetry(network: Network, { account, device }: LoggedIn, node: Node): void {
  const { world, connected } = network;
  const { id = '', to } = node.attrs;
  const queue = world.queueOf(device.number, device.id);
  for (const item of queue.find('message', id, to)) {
    if (!item.plaintext) {
      // The author sends it again, so this copy has done its part.
      queue.acknowledge('message', id, to);
      continue;
    }
    const from = world.directory.register(item.plaintext.fromNumber);
    const peer = world.phones.of(from.number);
    peer.restartSession(lidJid(account, device.id), takeDeviceBundle(network, device));
    const message = waMessageCodec.decode(item.plaintext.message);
    queue.replace(item, encryptFor(network, from, account, device, message, id));
    const connection = connected.of(device);
    if (connection?.active) world.journal.afterCommit(() => connection.send(item.node));
  }
}
