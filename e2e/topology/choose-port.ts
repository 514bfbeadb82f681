import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

const chosen = new Set<number>();

/**
 * A free port that stays free until its process listens: below the range from which systems take ports of outgoing connections, of which many come
 * and go while a dozen processes start, and never the same one twice.
 */
export async function choosePort(): Promise<number> {
  for (;;) {
    const port = randomInt(15_000, 32_000);
    if (chosen.has(port) || !(await isFree(port))) continue;
    chosen.add(port);
    return port;
  }
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
      .once('error', () => resolve(false))
      .listen(port, () => server.close(() => resolve(true)));
  });
