import { createServer } from 'node:net';

/**
 * A TCP port on 127.0.0.1 that nobody listens on now. Another process may take it before the caller does:
 * prefer listening on port 0 where the program can say which port it got, and retry where it cannot.
 */
export function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: 0, exclusive: true }, () => {
      const address = server.address();
      server.close(() => {
        if (address !== null && typeof address === 'object') resolve(address.port);
        else reject(new Error('the system gave no port'));
      });
    });
  });
}
