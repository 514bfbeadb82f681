import type { Clock } from '@wam/service-kit';
import type { FastifyInstance } from 'fastify';

const idleSweepMs = 50;
/** For answers to leave after the grace is over; connections that still do not end are cut. */
const lastAnswersMs = 500;

export interface CloseOptions {
  clock: Clock;
  /** How long requests under way may take. */
  graceMs: number;
  /** Must make the requests that still wait end soon. */
  onGraceOver: () => void;
}

/**
 * Takes no new connections, lets requests under way finish, and ends connections as they become idle. Always behind a poll of the sockets
 * (`setImmediate`): a request that has arrived already and was not looked at yet would otherwise count as idle and be cut.
 */
export async function closeHttpServer(
  app: FastifyInstance,
  { clock, graceMs, onGraceOver }: CloseOptions,
): Promise<void> {
  // Node ends only the connections that are idle at this moment; others would stay for the whole keep-alive time.
  const sweep = setInterval(() => setImmediate(() => app.server.closeIdleConnections()), idleSweepMs);
  const graceOver = clock.setTimeout(onGraceOver, graceMs);
  const cut = clock.setTimeout(() => app.server.closeAllConnections(), graceMs + lastAnswersMs);
  try {
    await new Promise(setImmediate);
    await app.close();
  } finally {
    clearInterval(sweep);
    graceOver.cancel();
    cut.cancel();
  }
}
