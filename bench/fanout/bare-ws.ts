/**
 * The reference: `ws` alone, which broadcasts the same bytes with `send` to every client. From memory, or told when by the live copies of the
 * bus that the gateway lives on. No parsing, filter, order or cursor.
 */
import type { AddressInfo } from 'node:net';
import { subjects } from '@wam/contracts';
import { connectNats } from '@wam/service-kit/nats';
import { WebSocketServer } from 'ws';
import { serveCalls } from '../child-calls.ts';

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
let frame = Buffer.alloc(0);
function broadcast(): void {
  for (const client of server.clients) client.send(frame, { binary: false });
}
const mostWaiting = 1024 * 1024;
const turn = () => new Promise((resolve) => setImmediate(resolve));

serveCalls({
  address: () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  frame(text: string) {
    frame = Buffer.from(text);
  },
  async follow({ natsUrl, tenant }: { natsUrl: string; tenant: string }) {
    const nats = await connectNats({ url: natsUrl, name: 'bare-ws' });
    nats.subscribe(subjects.live(subjects.eventsOfTenant(tenant)), { callback: broadcast });
    await nats.flush();
  },
  async fromMemory(count: number) {
    for (let index = 0; index < count; index++) {
      broadcast();
      // What waits must not grow without bound; nor must the sockets starve.
      while ([...server.clients].some((client) => client.bufferedAmount > mostWaiting)) await turn();
      if (index % 10 === 9) await turn();
    }
  },
});
