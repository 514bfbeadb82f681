/**
 * Gives events to the bus as fast as it takes them: to be stored, or as the copies that it makes of stored ones. Speaks the bus's protocol itself,
 * with messages made beforehand: what is measured is who carries the events on, and a client that makes and awaits each was slower than all others.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { busHeaders, streams, subjects } from '@wam/contracts';
import { newUlid } from '@wam/service-kit';
import { serveCalls } from './child-calls.ts';

/** Given to the bus and not yet confirmed. */
const inFlight = 1_024;
/** Given at once, so that neither side spends its time on small pieces. */
const pieceSize = inFlight / 4;
/** Copies are confirmed by the answer to a ping behind so many of them. */
const copiesPerPing = 128;
const inbox = `_INBOX.${randomUUID()}`;
let socket: Socket | undefined;
let messages: Buffer[] = [];
let confirmation: { sign: string; of: number } = { sign: '{', of: 1 };
/** Above all that are stored, and never one twice. */
let copySequence = 1_000_000_000;
let confirmed = 0;
let sent = 0;
let done = Promise.withResolvers<void>();

function receive(chunk: Buffer): void {
  if (chunk.includes('PING\r\n')) socket!.write('PONG\r\n');
  if (chunk.includes('"error"') || chunk.includes('-ERR')) done.reject(new Error(chunk.toString()));
  const { sign, of } = confirmation;
  for (let at = chunk.indexOf(sign); at >= 0; at = chunk.indexOf(sign, at + 1)) confirmed += of;
  if (confirmed >= messages.length) done.resolve();
  else sendMore();
}
function sendMore(): void {
  const until = Math.min(messages.length, confirmed + inFlight);
  if (sent === until || until - sent < Math.min(pieceSize, messages.length - sent)) return;
  const next = messages.slice(sent, until);
  sent = until;
  socket!.write(Buffer.concat(next));
}

function messageOf(tenant: string, sessionId: string, headersOf: (id: string, subject: string) => string, to: string) {
  const id = `evt_${newUlid()}`;
  const data = { sessionId, messageId: `msg_${newUlid()}`, waMessageId: '3EB0C767D097B7F4C030' };
  const envelope = { v: 1, version: 0, tenant, at: new Date().toISOString(), correlationId: id, causationId: id };
  const event = JSON.stringify({ id, type: 'MessageDelivered', ...envelope, data });
  const type = `${busHeaders.type}: MessageDelivered`;
  const headers = `NATS/1.0\r\n${headersOf(id, subjects.event('message', tenant, sessionId))}\r\n${type}\r\n\r\n`;
  return `HPUB ${to} ${headers.length} ${headers.length + event.length}\r\n${headers}${event}\r\n`;
}
interface Wanted {
  tenant: string;
  sessionId: string;
  count: number;
}

serveCalls({
  async connect(natsUrl: string) {
    const { hostname, port } = new URL(natsUrl);
    socket = connect(Number(port), hostname).setNoDelay(true);
    const [info] = (await once(socket, 'data')) as [Buffer];
    if (!info.includes('INFO')) throw new Error(`Not a nats-server: ${info}`);
    const options = { verbose: false, pedantic: false, headers: true, lang: 'bench', version: '1', protocol: 1 };
    socket.write(`CONNECT ${JSON.stringify(options)}\r\nSUB ${inbox} 1\r\n`);
    socket.on('data', receive);
  },
  /** Events to be stored; an acknowledgement is one flat JSON object, which begins once. */
  prepare({ tenant, sessionId, count }: Wanted) {
    const to = `${subjects.event('message', tenant, sessionId)} ${inbox}`;
    confirmation = { sign: '{', of: 1 };
    messages = Array.from({ length: count }, () =>
      Buffer.from(messageOf(tenant, sessionId, (id) => `Nats-Msg-Id: ${id}`, to)),
    );
    begin();
  },
  /** Copies of events that nobody stores: the same bytes as the bus sends when it has stored one. */
  prepareCopies({ tenant, sessionId, count }: Wanted) {
    const to = subjects.live(subjects.event('message', tenant, sessionId));
    confirmation = { sign: 'PONG', of: copiesPerPing };
    /** Follows on nothing, so that nobody looks for what came before it. */
    const first = copySequence + 1;
    const headersOf = (id: string, subject: string) =>
      [
        `Nats-Msg-Id: ${id}`,
        `Nats-Stream: ${streams.events.name}`,
        `Nats-Subject: ${subject}`,
        `Nats-Sequence: ${++copySequence}`,
        `Nats-Last-Sequence: ${copySequence === first ? 0 : copySequence - 1}`,
      ].join('\r\n');
    messages = Array.from({ length: count }, (_, index) => {
      const text = messageOf(tenant, sessionId, headersOf, to);
      const last = index === count - 1 || index % copiesPerPing === copiesPerPing - 1;
      return Buffer.from(last ? `${text}PING\r\n` : text);
    });
    begin();
  },
  /** @returns when all are confirmed */
  publish() {
    sendMore();
    return done.promise;
  },
});

function begin(): void {
  confirmed = 0;
  sent = 0;
  done = Promise.withResolvers();
}
