/**
 * One address in front of several processes, as a Kubernetes Service is: each new connection goes to the next one that is ready; open
 * connections stay where they are. Readiness is asked as a kubelet does, only more often.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Backend {
  readonly port: number;
  isReady(): Promise<boolean>;
}
export interface ServiceAddress extends AsyncDisposable {
  readonly url: string;
  /** New connections go to this one too, once it is ready. */
  add(backend: Backend): void;
  /** Why connections were cut: nobody was ready, or whoever was did not take or keep it. */
  readonly cut: readonly string[];
}

const probeEveryMs = 100;

export async function serveAddress(): Promise<ServiceAddress> {
  const backends = new Map<Backend, boolean>();
  const sockets = new Set<Socket>();
  let turn = 0;
  const cut: string[] = [];
  const server = createServer({ allowHalfOpen: true }, (incoming) => {
    const ready = [...backends].filter(([, isReady]) => isReady).map(([backend]) => backend);
    const chosen = ready[turn++ % ready.length];
    if (chosen === undefined) {
      cut.push('nobody is ready');
      incoming.destroy();
      return;
    }
    const outgoing = connect({ port: chosen.port, host: '127.0.0.1', allowHalfOpen: true });
    for (const [socket, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      // Hands on the end too: what was answered before it still arrives.
      socket.pipe(other);
      socket.on('error', (error) => {
        if (socket === outgoing) cut.push(error.message);
        other.destroy();
      });
      socket.on('close', () => sockets.delete(socket));
    }
  });
  const stopping = new AbortController();
  /** One answer after the other: a late one must not undo a newer one. */
  async function watch(backend: Backend): Promise<void> {
    while (!stopping.signal.aborted) {
      backends.set(backend, await backend.isReady());
      await sleep(probeEveryMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    add(backend) {
      backends.set(backend, false);
      void watch(backend);
    },
    cut,
    async [Symbol.asyncDispose]() {
      stopping.abort();
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
