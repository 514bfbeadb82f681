/**
 * Receivers in a process of its own. The one that counts costs the two sides little, and the same: it reads HTTP/1.1 only as far as it takes to
 * find where a request ends, and answers 204. What is measured is who sends.
 */
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createSocketServer, type Server } from 'node:net';
import { serveCalls } from '../child-calls.ts';

let seen = 0;
let wanted = Number.POSITIVE_INFINITY;
let reached: (atMs: number) => void = () => {};
let latenciesMs: number[] = [];
let last: Buffer = Buffer.alloc(0);

function accepted(): void {
  seen++;
  if (seen === wanted) reached(Date.now());
}
/** The headers that Node's own server answers with. */
const answer = `HTTP/1.1 204 No Content\r\nDate: ${new Date().toUTCString()}\r\nConnection: keep-alive\r\nKeep-Alive: timeout=60\r\n\r\n`;
const counting = createSocketServer({ noDelay: true }, (socket) => {
  let rest: Buffer = Buffer.alloc(0);
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      const head = rest.indexOf('\r\n\r\n');
      if (head < 0) return;
      const length = Number(/content-length: (\d+)/i.exec(rest.toString('latin1', 0, head))?.[1] ?? 0);
      const end = head + 4 + length;
      if (rest.length < end) return;
      last = rest.subarray(0, end);
      rest = rest.subarray(end);
      socket.write(answer, 'latin1');
      accepted();
    }
  });
});
const timing = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const { timestamp } = JSON.parse(Buffer.concat(chunks).toString()) as { timestamp: string };
    latenciesMs.push(Date.now() - Date.parse(timestamp));
    response.writeHead(204).end();
    accepted();
  });
});
const hanging = createServer((request) => request.resume());
const listen = async (server: Server) => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
};

serveCalls({
  start: async () => ({
    counting: await listen(counting),
    timing: await listen(timing),
    hanging: await listen(hanging),
  }),
  /** Epoch ms at which `count` more had arrived. */
  until: (count: number) =>
    new Promise<number>((resolve) => {
      seen = 0;
      latenciesMs = [];
      wanted = count;
      reached = resolve;
    }),
  latencies: () => latenciesMs,
  /** Of the last one that was counted. */
  sample() {
    const [head = '', body = ''] = last.toString().split('\r\n\r\n');
    const headers = head.split('\r\n').slice(1);
    return { body, headers: Object.fromEntries(headers.map((line) => line.split(/: (.*)/s).slice(0, 2))) };
  },
});
