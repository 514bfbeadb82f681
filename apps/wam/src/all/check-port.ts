import { once } from 'node:events';
import { createServer } from 'node:net';
import { UserError } from '../user-error.ts';

/**
 * Listens and lets go again, so that a taken port is told before anything else is started.
 * @throws UserError with the remedy
 */
export async function checkPort(port: number, host: string): Promise<void> {
  if (port === 0) return;
  const server = createServer();
  server.listen({ port, host, exclusive: true });
  try {
    await once(server, 'listening');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') {
      throw new UserError(
        `port ${port} is in use by another program: stop it, or choose a port, as in PORT=3001 npm start`,
      );
    }
    if (code === 'EACCES')
      throw new UserError(`port ${port} needs more rights: choose one above 1023, as in PORT=3000`);
    throw error;
  }
  server.close();
  await once(server, 'close');
}
