/**
 * Stores events as fast as the bus takes them. Speaks the bus's protocol itself, with messages made beforehand: what is measured is who carries
 * the events on, and a client that makes and awaits each took more of the two cores than the server that stored it.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { subjects } from '@wam/contracts';
import { newUlid } from '@wam/service-kit';
import { serveCalls } from '../child-calls.ts';

/** Published and not yet acknowledged. */
const inFlight = 1_024;
const openBrace = '{'.charCodeAt(0);
const inbox = `_INBOX.${randomUUID()}`;
let socket: Socket | undefined;
let messages: Buffer[] = [];
let acknowledged = 0;
let sent = 0;
let done = Promise.withResolvers<void>();

/** An acknowledgement is one flat JSON object, which begins once. */
function receive(chunk: Buffer): void {
  if (chunk.includes('PING\r\n')) socket!.write('PONG\r\n');
  if (chunk.includes('"error"') || chunk.includes('-ERR')) done.reject(new Error(chunk.toString()));
  for (let at = chunk.indexOf(openBrace); at >= 0; at = chunk.indexOf(openBrace, at + 1)) acknowledged += 1;
  if (acknowledged === messages.length) done.resolve();
  else sendMore();
}
function sendMore(): void {
  const until = Math.min(messages.length, acknowledged + inFlight);
  if (sent === until) return;
  const next = messages.slice(sent, until);
  sent = until;
  socket!.write(Buffer.concat(next));
}

function messageOf(tenant: string, sessionId: string): Buffer {
  const id = `evt_${newUlid()}`;
  const data = { sessionId, messageId: `msg_${newUlid()}`, waMessageId: '3EB0C767D097B7F4C030' };
  const envelope = { v: 1, version: 0, tenant, at: new Date().toISOString(), correlationId: id, causationId: id };
  const event = JSON.stringify({ id, type: 'MessageDelivered', ...envelope, data });
  const headers = `NATS/1.0\r\nNats-Msg-Id: ${id}\r\n\r\n`;
  const subject = subjects.event('message', tenant, sessionId);
  const head = `HPUB ${subject} ${inbox} ${headers.length} ${headers.length + event.length}\r\n`;
  return Buffer.from(`${head}${headers}${event}\r\n`);
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
  prepare({ tenant, sessionId, count }: { tenant: string; sessionId: string; count: number }) {
    messages = Array.from({ length: count }, () => messageOf(tenant, sessionId));
    acknowledged = 0;
    sent = 0;
    done = Promise.withResolvers();
  },
  /** @returns when all are stored */
  publish() {
    sendMore();
    return done.promise;
  },
});
