/** A receiver in a process of its own: answers 204, or never. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serveCalls } from '../child-calls.ts';

let seen = 0;
let wanted = Number.POSITIVE_INFINITY;
let reached: (atMs: number) => void = () => {};
let latenciesMs: number[] = [];
let sample = '';
let sampleHeaders: Record<string, string> = {};

const answering = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    sample = Buffer.concat(chunks).toString();
    sampleHeaders = request.headers as Record<string, string>;
    latenciesMs.push(Date.now() - Date.parse((JSON.parse(sample) as { timestamp: string }).timestamp));
    response.writeHead(204).end();
    seen++;
    if (seen === wanted) reached(Date.now());
  });
});
const hanging = createServer((request) => request.resume());
const listen = async (server: typeof answering) => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
};

serveCalls({
  start: async () => ({ answering: await listen(answering), hanging: await listen(hanging) }),
  /** Epoch ms at which `count` more had arrived. */
  until: (count: number) =>
    new Promise<number>((resolve) => {
      seen = 0;
      latenciesMs = [];
      wanted = count;
      reached = resolve;
    }),
  latencies: () => latenciesMs,
  sample: () => ({ body: sample, headers: sampleHeaders }),
});
