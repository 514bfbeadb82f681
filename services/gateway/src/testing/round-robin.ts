import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface RoundRobin extends AsyncDisposable {
  address: string;
  /** Connections passed on so far, by backend. */
  counts: number[];
  /** Cuts every connection of the moment, or each by chance. @param chance 0 to 1 */
  cut(chance?: number): void;
}

/** A load balancer at its plainest: each TCP connection goes to the next backend, whoever comes. */
export async function startRoundRobin(backends: () => readonly string[]): Promise<RoundRobin> {
  const counts: number[] = [];
  const open = new Set<Socket>();
  let next = 0;
  const server = createServer((client) => {
    const addresses = backends();
    const index = next++ % addresses.length;
    counts[index] = (counts[index] ?? 0) + 1;
    const { hostname, port } = new URL(addresses[index]!);
    const backend = connect(Number(port), hostname);
    for (const [from, to] of [
      [client, backend],
      [backend, client],
    ] as const) {
      open.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        open.delete(from);
        to.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts,
    cut(chance = 1) {
      for (const socket of open) if (Math.random() < chance) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
