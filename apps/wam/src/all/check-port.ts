import { once } from 'node:events';
import { createServer } from 'node:net';
import { UserError } from '../user-error.ts';

/**
 * Listens and lets go again, so that a taken port is told before anything else is started.
 * @throws UserError with the remedy
 */
export async function checkPort(port: number): Promise<void> {
  if (port === 0) return;
  const server = createServer();
  server.listen({ port, host: '127.0.0.1', exclusive: true });
  try {
    await once(server, 'listening');
  } catch (error) {
    throw portFault(error, port) ?? error;
  }
  server.close();
  await once(server, 'close');
}

/** The remedy for a port that cannot be listened on; undefined for any other error. */
export function portFault(error: unknown, port: number): UserError | undefined {
  switch ((error as NodeJS.ErrnoException | undefined)?.code) {
    case 'EADDRINUSE':
      return new UserError(
        `port ${port} is in use by another program: stop it, or choose a port, as in PORT=3001 npm start`,
      );
    case 'EACCES':
      return new UserError(`port ${port} needs more rights: choose one above 1023, as in PORT=3000 npm start`);
    default:
      return undefined;
  }
}
