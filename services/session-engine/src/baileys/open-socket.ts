import type { IncomingMessage as HttpResponse } from 'node:http';
import { Boom } from '@hapi/boom';
import makeWASocket, {
  type BinaryNode,
  isJidNewsletter,
  isJidStatusBroadcast,
  type WASocket,
} from '@whiskeysockets/baileys';
import { pino } from 'pino';
import {
  type ConnectionListener,
  type IncomingMessage,
  restrictedCode,
  type WhatsAppConnection,
} from '../connection/whatsapp-connection.ts';
import type { SignalKeys } from '../signal-keys/signal-state.ts';
import { checkNumbers } from './check-numbers.ts';
import { createRecipientChecks, jidOfAddress } from './check-recipient.ts';
import { coalesceWrites, type MessageWriter } from './coalesce-writes.ts';
import {
  closedFact,
  deafConnection,
  httpRefusal,
  lidOfJid,
  messageAck,
  messageReceipt,
  phoneOfJid,
  standingOf,
} from './connection-facts.ts';
import { isPaired, restoreCredentials, snapshotCredentials } from './credentials.ts';
import { incomingMessage } from './incoming-message.ts';
import { createKeyStore } from './key-store.ts';
import { signalRepositoryOver } from './signal/signal-repository.ts';
import type { SocketCaches } from './socket-caches.ts';
import { createDecryptionTap, decryptedMessage } from './tap-decryption.ts';
import { textMessage } from './text-message.ts';
import type { SocketWatch } from './watch-sockets.ts';

export interface OpenSocketOptions {
  url: string;
  keys: SignalKeys;
  /** Stored credentials; a session without them gets new ones and a QR code. */
  credentials: Buffer | undefined;
  caches: SocketCaches;
  watch: SocketWatch;
  /** Text of a message we sent, for a recipient who could not decrypt it and asks again. */
  sentText(waMessageId: string): Promise<string | undefined>;
  listener: ConnectionListener;
  /** A connection that neither opened nor offered a QR code by then is given up, or was not told to log in so long after the scan. */
  connectTimeoutMs?: number;
}

/** Baileys would log QR codes and keys: everything worth knowing comes as facts instead. */
const silent = pino({ level: 'silent' });
const queryTimeoutMs = 10_000;
const firstQrValidMs = 60_000;
const laterQrValidMs = 20_000;
/** The server sends six QR codes; the connection ends with the last one, and a pairing code with the connection. */
const pairingWindowMs = firstQrValidMs + 5 * laterQrValidMs;
/** `end()` waits for the peer's half of the close for up to 30 s; a peer that is gone does not get that long. */
const closePatienceMs = 500;

/** Opens one socket of one session. Baileys sockets live once: after `closed` take a new one with the same keys. */
export function openSocket(options: OpenSocketOptions): WhatsAppConnection {
  const { keys, caches, listener } = options;
  const creds = restoreCredentials(options.credentials);
  const { store, privacyTokens } = createKeyStore(keys);
  let ended = false;
  /** Ids of messages that were handed on before their receipt; Baileys still reports them. */
  const handedOn = new Set<string>();
  const tap = createDecryptionTap(async (stanza, plaintext) => {
    if (ended) throw new Error('the connection is over');
    const message = await withPhone(
      incomingMessage(decryptedMessage(stanza, plaintext, creds), isOffline(stanza), own()),
    );
    if (!message) return;
    await listener.received([message]);
    handedOn.add(message.waMessageId);
  }, signalRepositoryOver(store));
  const sock = makeWASocket({
    auth: { creds, keys: store },
    makeSignalRepository: tap.makeSignalRepository,
    waWebSocketUrl: options.url,
    logger: silent,
    defaultQueryTimeoutMs: queryTimeoutMs,
    // Baileys arms it, with two stack captures and a Boom, around every stanza it writes: 13 % of a send. The watchdog below covers connecting.
    connectTimeoutMs: 0,
    // The watch keeps the line alive, with one timer for all sockets. The longest time a timer can have.
    keepAliveIntervalMs: 2 ** 31 - 1,
    // Own upserts would swallow receipts that arrive within 100 ms, and cost quadratic time in bulk.
    emitOwnEvents: false,
    syncFullHistory: false,
    // Else events are held back for 20 s after the first login.
    shouldSyncHistoryMessage: () => false,
    shouldIgnoreJid: (jid) => isJidStatusBroadcast(jid) || isJidNewsletter(jid),
    // `getMessage` answers retry requests, also after a restart.
    enableRecentMessageCache: false,
    getMessage: async ({ id }) => {
      const text = id ? await options.sentText(id) : undefined;
      return text === undefined ? undefined : { extendedTextMessage: { text } };
    },
    cachedGroupMetadata: async () => undefined,
    ...caches,
  });

  const recipientChecks = createRecipientChecks({
    socket: sock,
    devices: caches.userDevicesCache,
    queryTimeoutMs,
  });
  let qrCount = 0;
  const giveUp = (why: Boom): void => {
    terminateLater(sock);
    void sock.end(why);
  };
  let watchdog: NodeJS.Timeout | undefined;
  const settle = (): void => clearTimeout(watchdog);
  const expectProgress = (): void => {
    settle();
    watchdog = setTimeout(() => giveUp(timedOut()), options.connectTimeoutMs ?? 40_000);
  };
  expectProgress();
  let offeredSinceMs: number | undefined;

  const pulse = options.watch.watch({
    probe: (timeoutMs) => sock.query(ping(), timeoutMs),
    giveUp: () => giveUp(new Boom('Open, and does not answer', { statusCode: 408, data: deafConnection })),
  });
  // Frames of the handshake come as bytes.
  sock.ws.on('frame', (frame: BinaryNode | Uint8Array) => {
    if (!(frame instanceof Uint8Array)) pulse.received();
  });

  // Synchronously after creation: nothing may be missed (protocol reference, section 10).
  sock.ws.on('upgrade', ({ socket }: HttpResponse) => coalesceWrites(rawSocket(sock)!, socket));
  sock.ws.on('CB:ack,class:message', (node) => {
    const ack = messageAck(node);
    if (ack) pulse.acknowledged(ack.waMessageId);
    if (ack && !ended) listener.acknowledged(ack.waMessageId, ack.errorCode);
    if (ack?.errorCode === restrictedCode) askStanding();
  });
  sock.ws.prependListener('CB:message', tap.expect);
  sock.ws.on('CB:receipt', (node) => {
    const receipt = messageReceipt(node);
    for (const waMessageId of receipt?.waMessageIds ?? []) pulse.acknowledged(waMessageId);
    if (receipt && !ended) listener.receipts(receipt.kind, receipt.waMessageIds);
  });
  // Baileys listens to this event without acting on it, which disables the error that would close the socket.
  sock.ws.on('unexpected-response', (_request: unknown, response: { statusCode?: number }) => {
    void sock.end(
      new Boom('HTTP answer to the upgrade', { statusCode: response.statusCode ?? 503, data: httpRefusal }),
    );
  });
  sock.ev.on('creds.update', () => keys.saveCreds(snapshotCredentials(creds)));
  sock.ev.on('messages.upsert', ({ messages, type }) => {
    // What did not come through decryption: answers of the phone to requests for messages that came without content.
    const others = messages.filter(({ key }) => !handedOn.delete(key.id ?? ''));
    const received = others.flatMap((message) => incomingMessage(message, type === 'append', own()) ?? []);
    // Refused when the session is another engine's.
    if (received.length > 0 && !ended) listener.received(received).catch(() => undefined);
  });
  sock.ev.on('connection.update', ({ connection, qr, isNewLogin, lastDisconnect, reachoutTimeLock }) => {
    if (ended) return;
    if (reachoutTimeLock) listener.standing(standingOf(reachoutTimeLock));
    if (qr) {
      settle();
      offeredSinceMs ??= performance.now();
      listener.qrIssued(qr, qrCount++ === 0 ? firstQrValidMs : laterQrValidMs);
    }
    if (isNewLogin) {
      // The word to log in comes next (515).
      expectProgress();
      listener.paired(phoneOfJid(creds.me?.id) ?? '', lidOfJid(creds.me?.lid));
    }
    if (connection === 'open') {
      settle();
      pulse.opened();
      listener.opened(phoneOfJid(creds.me?.id) ?? '');
    }
    if (connection === 'close') {
      ended = true;
      settle();
      pulse.end();
      const { cause, statusCode } = closedFact({
        error: lastDisconnect?.error,
        linked: isPaired(creds),
        qrIssued: qrCount > 0,
      });
      listener.closed(cause, statusCode);
    }
  });

  let isAskingStanding = false;
  /** Baileys reports the answer as an update of the connection. Without one the refusal that made us ask is all there is. */
  function askStanding(): void {
    if (ended || isAskingStanding) return;
    isAskingStanding = true;
    sock
      .fetchAccountReachoutTimelock()
      .catch(() => {
        if (!ended) listener.standing({ until: undefined });
      })
      .finally(() => {
        isAskingStanding = false;
      });
  }

  const own = () => ({ phone: phoneOfJid(creds.me?.id), lid: lidOfJid(creds.me?.lid) });
  /** Some messages carry only the LID of their sender; the number may be known from earlier ones. */
  async function withPhone(message: IncomingMessage | undefined): Promise<IncomingMessage | undefined> {
    if (message?.phone !== '' || message.lid === undefined) return message;
    const phone = phoneOfJid(await sock.signalRepository.lidMapping.getPNForLID(`${message.lid}@lid`));
    return phone === undefined ? message : { ...message, phone };
  }

  const end = async (): Promise<void> => {
    ended = true;
    settle();
    pulse.end();
    const down = lineDown(sock);
    terminateLater(sock);
    void sock.end(undefined);
    await down;
  };

  return {
    ...recipientChecks,
    checkNumbers: (phones) => checkNumbers(sock, phones),
    async requestPairingCode(phone) {
      if (offeredSinceMs === undefined) throw new Error('a pairing code before the first QR code would be refused');
      const code = await sock.requestPairingCode(phone);
      return { code, validForMs: Math.max(0, offeredSinceMs + pairingWindowMs - performance.now()) };
    },
    async sendText(address, text, waMessageId) {
      pulse.written(waMessageId);
      await sock.relayMessage(jidOfAddress(address), textMessage(text), { messageId: waMessageId });
      privacyTokens.noteSent(Math.floor(Date.now() / 1000));
    },
    askStanding,
    async logout() {
      ended = true;
      settle();
      pulse.end();
      terminateLater(sock);
      await sock.logout();
    },
    close: end,
  };
}

const isOffline = ({ attrs }: BinaryNode): boolean => attrs.offline !== undefined;
const ping = (): BinaryNode => ({
  tag: 'iq',
  attrs: { to: 's.whatsapp.net', type: 'get', xmlns: 'w:p' },
  content: [{ tag: 'ping', attrs: {} }],
});
const timedOut = (): Boom => new Boom('Nothing came in time', { statusCode: 408 });

type RawSocket = MessageWriter & {
  readonly readyState: number;
  readonly CLOSED: number;
  once(event: 'close', listener: () => void): void;
  terminate(): void;
};
/** The WebSocket in Baileys' wrapper, as long as it is not closed. */
const rawSocket = (sock: WASocket): RawSocket | null => (sock.ws as unknown as { socket: RawSocket | null }).socket;

function lineDown(sock: WASocket): Promise<void> {
  const raw = rawSocket(sock);
  return new Promise((resolve) => {
    if (!raw || raw.readyState === raw.CLOSED) resolve();
    else raw.once('close', () => resolve());
  });
}
function terminateLater(sock: WASocket): void {
  const raw = rawSocket(sock);
  setTimeout(() => raw?.terminate(), closePatienceMs).unref();
}
