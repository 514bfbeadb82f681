// A program that starts both servers and a lock, tells its parent, and then ends in the way it is told to.

import { join } from 'node:path';
import { acquireInstanceLock, locateNatsServer, startLocalNats, startLocalPostgres } from '../src/index.ts';

const [dataDir = '', natsCache = '', ending = 'wait'] = process.argv.slice(2);

const lock = acquireInstanceLock(dataDir);
lock.announce('http://127.0.0.1:3000');
const binary = locateNatsServer(natsCache)?.path ?? 'nats-server';
const [postgres, nats] = await Promise.all([
  startLocalPostgres({ dataDir: join(dataDir, 'postgres'), logFile: join(dataDir, 'postgres.log') }),
  startLocalNats({ dataDir: join(dataDir, 'nats'), binary, logFile: join(dataDir, 'nats.log') }),
]);
process.send?.({ postgres: postgres.pid, nats: nats.pid });
if (ending === 'exit') process.exit(0);
if (ending === 'crash') throw new Error('a bug');
setInterval(() => undefined, 60_000);
