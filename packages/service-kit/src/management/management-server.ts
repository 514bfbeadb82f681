/**
 * What operators and their cluster ask a process, on a port of its own that no customer reaches: `/livez` (the process runs), `/readyz` (every part
 * takes work and no stop has begun), `/metrics`.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HealthRegistry } from '../health.ts';
import { defineService, type Service } from '../lifecycle.ts';
import { defineGauge, printMetrics } from '../telemetry/metrics.ts';

export interface ManagementServerOptions {
  /** 0 picks a free one. */
  port: number;
  /** Default: all interfaces, since probes and scrapes come from outside the pod. */
  host?: string;
  health: HealthRegistry;
}
export interface ManagementServer extends Service {
  /** @throws Error before `start` has finished */
  readonly port: number;
}

const readiness = defineGauge({ name: 'wam_ready', help: 'Whether /readyz says 200: 1 or 0' });

export function createManagementServer({ port, host = '::', health }: ManagementServerOptions): ManagementServer {
  let isReady = false;
  const readHealth = async () => {
    const report = await health.ready();
    isReady = report.ready;
    return report;
  };
  let withdraw = (): void => {};
  const server = createServer((request, response) => {
    answer(request, response, { ...health, ready: readHealth }).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  const service = defineService({
    name: 'management',
    start: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => {
          server.off('error', reject);
          withdraw = readiness.observeFrom(() => [[{}, isReady ? 1 : 0]]);
          resolve();
        });
      }),
    stop: () =>
      new Promise((resolve) => {
        withdraw();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
    health: () => ({ ready: server.listening }),
  });
  return {
    ...service,
    [Symbol.asyncDispose]: service.stop,
    get port() {
      const address = server.address() as AddressInfo | null;
      if (address === null) throw new Error('the management server does not listen');
      return address.port;
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, health: HealthRegistry): Promise<void> {
  const path = request.url?.split('?', 1)[0];
  const json = (status: number, body: unknown) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  if (request.method !== 'GET') return void json(405, { message: 'only GET is answered here' });
  switch (path) {
    case '/livez':
      return void json(200, health.live());
    case '/readyz': {
      const report = await health.ready();
      return void json(report.ready ? 200 : 503, report);
    }
    case '/metrics': {
      await health.ready();
      const { contentType, text } = await printMetrics();
      return void response.writeHead(200, { 'content-type': contentType }).end(text);
    }
    default:
      return void json(404, { message: 'here are /livez, /readyz and /metrics' });
  }
}
