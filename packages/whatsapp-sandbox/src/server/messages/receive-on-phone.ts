import { unixSeconds } from '../../clock.ts';
import type { AcceptedFate } from '../../faults/message-fate.ts';
import { DuplicateMessageError, ProtocolError, type WaMessage } from '../../protocol/index.ts';
import { type Account, lidJid, numberJid } from '../../state/account.ts';
import type { InboxMessage } from '../../state/inbox.ts';
import { readContent } from '../../state/message-content.ts';
import type { Phone } from '../../state/phone.ts';
import type { LoggedIn } from '../client-connection.ts';
import { deliverReceipt } from '../hand-to-device.ts';
import { registrationNode } from '../iq/pre-key-nodes.ts';
import type { Network } from '../network.ts';
import type { Envelope, OutgoingMessage } from './outgoing-message.ts';
import { writeAsUser } from './write-as-user.ts';

/** After so many failures of one message a phone stops asking for it. */
const MAX_RETRIES = 5;

/** A simulated phone gets a message: it decrypts, notes it in its inbox, and plans its receipts. */
export function receiveOnPhone(
  network: Network,
  sender: LoggedIn,
  message: OutgoingMessage,
  envelope: Envelope,
  account: Account,
  fate: AcceptedFate,
): void {
  const { world } = network;
  const phone = world.phones.of(account.number);
  const received = fate.corrupted ? { ...envelope, ciphertext: damaged(envelope.ciphertext) } : envelope;
  const decrypted = decrypt(network, sender, message, received, phone);
  if (decrypted === 'undecryptable') return;
  if (decrypted === 'seen') {
    if (phone.inbox.receiveAgain(sender.account.number, message.id)) {
      planReceipts(network, sender, message, account, fate);
    }
    return;
  }
  const { text, copies } = noteInInbox(network, sender, message, envelope, phone, decrypted);
  planReceipts(network, sender, message, account, fate);
  if (fate.replies && copies === 1) reply(network, sender, account, text);
}

function noteInInbox(
  { world, onReceived }: Network,
  { account, device }: LoggedIn,
  { id }: OutgoingMessage,
  { encType }: Envelope,
  phone: Phone,
  content: WaMessage,
): InboxMessage {
  const { text, type } = readContent(content);
  const from = account.number;
  const { owner } = device;
  const received = phone.inbox.receive({ id, from, text, type, at: world.clock.now(), encType, owner });
  onReceived(received);
  return received;
}

/** The sender's own phone gets its copy of what one of its clients sent; a note to self also lands in its inbox. */
export function learnOfOwnMessage(
  network: Network,
  sender: LoggedIn,
  message: OutgoingMessage,
  envelope: Envelope,
): void {
  const phone = network.world.phones.of(sender.account.number);
  const decrypted = decrypt(network, sender, message, envelope, phone);
  const copy = typeof decrypted === 'object' ? decrypted.deviceSentMessage : undefined;
  if (!copy?.message) return;
  phone.noteSentCopy({
    id: message.id,
    destinationJid: copy.destinationJid ?? message.to,
    message: copy.message,
    owner: sender.device.owner,
  });
  const isNoteToSelf = message.chat && network.world.directory.resolveJid(message.chat) === sender.account;
  if (isNoteToSelf) noteInInbox(network, sender, message, envelope, phone, copy.message);
}

/**
 * `seen`: a message with this counter was read before, as when a sender repeats itself after its ratchet was rolled
 * back; real devices drop it. `undecryptable`: the phone asks for it again.
 */
function decrypt(
  network: Network,
  sender: LoggedIn,
  message: OutgoingMessage,
  { encType, ciphertext }: Envelope,
  phone: Phone,
): WaMessage | 'seen' | 'undecryptable' {
  try {
    return phone.decrypt(lidJid(sender.account, sender.device.id), encType, ciphertext);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    if (error instanceof DuplicateMessageError) return 'seen';
    askForRetry(network, sender, message, phone);
    return 'undecryptable';
  }
}

/** The sender then fetches fresh keys and sends the same id again. */
function askForRetry(network: Network, { account, device }: LoggedIn, message: OutgoingMessage, phone: Phone): void {
  const { world, retries } = network;
  const key = `${phone.number}/${device.number}:${device.id}/${message.id}`;
  const count = (retries.get(key) ?? 0) + 1;
  if (count > MAX_RETRIES) return;
  retries.set(key, count);
  const isOwn = phone.number === account.number;
  const chat = message.chat ?? message.to;
  const t = unixSeconds(world.clock);
  deliverReceipt(network, device, {
    tag: 'receipt',
    attrs: {
      from: isOwn ? numberJid(account) : chat,
      id: message.id,
      type: 'retry',
      t,
      ...(isOwn && { recipient: chat }),
    },
    content: [
      { tag: 'retry', attrs: { count: String(count), id: message.id, t, v: '1' } },
      registrationNode(phone.registrationId),
    ],
  });
}

function planReceipts(
  { world, pendingReceipts }: Network,
  { account, device }: LoggedIn,
  message: OutgoingMessage,
  recipient: Account,
  fate: AcceptedFate,
): void {
  for (const { type, delayMs } of fate.receipts) {
    pendingReceipts.add({
      sequence: world.nextSequence(),
      fromNumber: recipient.number,
      fromJid: message.chat ?? message.to,
      toNumber: account.number,
      toDevice: device.id,
      messageId: message.id,
      type,
      dueAt: world.clock.now() + delayMs,
    });
  }
}

function reply(network: Network, sender: LoggedIn, account: Account, text: string): void {
  const { deliveryDelayMs, readDelayMs } = network.behaviour;
  network.timers.after(deliveryDelayMs + readDelayMs, () => {
    writeAsUser(network, account, sender.account, { conversation: `You said: ${text}` });
  });
}

/** The same bytes with the last one, part of the MAC, changed. */
function damaged(ciphertext: Buffer): Buffer {
  const copy = Buffer.from(ciphertext);
  copy[copy.length - 1] = (copy[copy.length - 1] ?? 0) ^ 0xff;
  return copy;
}
