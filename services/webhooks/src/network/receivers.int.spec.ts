/** Receivers as they are on the internet: slow, broken, hostile. On real sockets. */
import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import type { Agent } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { hostileUrls } from '../testing/hostile-urls.ts';
import { parseAllowList } from './allow-list.ts';
import { createGuardedAgent } from './guarded-agent.ts';
import type { ResolveHost } from './resolve-host.ts';
import { createSendAttempt } from './send-attempt.ts';

const opened: { server: Server; sockets: Set<Socket> }[] = [];
const agents: Agent[] = [];
afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.destroy();
  for (const { server, sockets } of opened.splice(0)) {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  }
});

async function listen(server: Server, host = '127.0.0.1'): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket.on('error', () => undefined)));
  opened.push({ server, sockets });
  server.listen(0, host);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
const http = async (listener: RequestListener) => `http://127.0.0.1:${await listen(createHttpServer(listener))}/hook`;

function sender({
  allow = '',
  resolve,
  timeoutMs = 15_000,
}: {
  allow?: string;
  resolve?: ResolveHost;
  timeoutMs?: number;
}) {
  const allowed = parseAllowList(allow);
  const agent = createGuardedAgent({ allowed, resolve: resolve ?? (() => Promise.reject(new Error('no names here'))) });
  agents.push(agent);
  const send = createSendAttempt({ agent, timeoutMs });
  return (url: string) => {
    const { origin, pathname } = new URL(url);
    return send({ origin, path: pathname, headers: ['content-type', 'application/json'], body: '{"a":1}' });
  };
}

describe('a receiver', () => {
  const local = { allow: '127.0.0.1' };

  it('is sent the body and its answer is read', async () => {
    const bodies: string[] = [];
    const url = await http((request, response) => {
      request.on('data', (chunk: Buffer) => bodies.push(chunk.toString()));
      request.on('end', () => response.writeHead(202, { 'content-type': 'text/plain' }).end('thanks'));
    });
    expect(await sender(local)(url)).toMatchObject({ kind: 'answered', httpStatus: 202, excerpt: 'thanks' });
    expect(bodies).toEqual(['{"a":1}']);
  });

  it('that never answers is given up after the limit of the attempt', async () => {
    const url = await http(() => undefined);
    expect(await sender({ ...local, timeoutMs: 100 })(url)).toMatchObject({
      kind: 'failed',
      reason: 'No answer within 0.1 s',
    });
  });

  it('that sends its headers byte by byte is given up after the limit of the attempt', async () => {
    const port = await listen(
      createTcpServer((socket) => {
        const timer = setInterval(() => socket.write('H'), 20);
        socket.on('close', () => clearInterval(timer)).on('error', () => undefined);
      }),
    );
    expect(await sender({ ...local, timeoutMs: 200 })(`http://127.0.0.1:${port}/`)).toMatchObject({ kind: 'failed' });
  });

  it('that trickles its body counts by its status and is cut off', async () => {
    const closed = Promise.withResolvers<void>();
    const url = await http((_, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write('x'), 10);
      response.on('close', () => {
        clearInterval(timer);
        closed.resolve();
      });
    });
    expect(await sender(local)(url)).toMatchObject({ kind: 'answered', httpStatus: 200 });
    await closed.promise;
  });

  it('that answers 100 MB is cut off after a few kilobytes', async () => {
    let written = 0;
    const closed = Promise.withResolvers<void>();
    const url = await http((_, response) => {
      response.writeHead(200);
      const chunk = Buffer.alloc(65_536, 'a');
      const more = (): void => {
        while (written < 100_000_000 && !response.destroyed) {
          written += chunk.length;
          if (!response.write(chunk)) {
            response.once('drain', more);
            return;
          }
        }
      };
      response.on('close', () => closed.resolve());
      more();
    });
    const outcome = await sender(local)(url);
    expect(outcome).toMatchObject({ kind: 'answered', httpStatus: 200, excerpt: 'a'.repeat(1000) });
    await closed.promise;
    expect(written).toBeLessThan(20_000_000);
  });

  it('that resets, refuses or talks no HTTP is a failure in plain words', async () => {
    const resets = await listen(createTcpServer((socket) => socket.once('data', () => socket.resetAndDestroy())));
    const babbles = await listen(createTcpServer((socket) => socket.end('220 mail.example.com ESMTP\r\n')));
    const gone = createTcpServer();
    const closedPort = await listen(gone);
    opened.pop();
    gone.close();
    const send = sender(local);
    expect(await send(`http://127.0.0.1:${resets}/`)).toMatchObject({
      kind: 'failed',
      reason: 'The connection was reset',
    });
    expect(await send(`http://127.0.0.1:${babbles}/`)).toMatchObject({ reason: 'The answer is not HTTP' });
    expect(await send(`http://127.0.0.1:${closedPort}/`)).toMatchObject({ reason: 'The connection was refused' });
  });

  it('that redirects is not followed', async () => {
    let reached = 0;
    const target = await http((_, response) => {
      reached++;
      response.end();
    });
    const url = await http((_, response) => response.writeHead(307, { location: target }).end());
    expect(await sender(local)(url)).toMatchObject({ kind: 'answered', httpStatus: 307 });
    expect(reached).toBe(0);
  });
});

describe('a trap on this machine', () => {
  async function setTrap() {
    let connections = 0;
    const port = await listen(
      createTcpServer((socket) => {
        connections++;
        socket.destroy();
      }),
      '::',
    );
    return { port, caught: () => connections };
  }

  it('sees no connection for any hostile form of an address', async () => {
    const trap = await setTrap();
    // A name server that says what an attacker wants it to say.
    const send = sender({ resolve: () => Promise.resolve(['127.0.0.1']) });
    for (const url of hostileUrls) {
      for (const scheme of ['http', 'https']) {
        const target = new URL(url.replace('https', scheme));
        target.port = String(trap.port);
        const outcome = await send(target.href);
        expect(outcome, target.href).toMatchObject({
          kind: 'failed',
          reason: 'The host is or resolves to an address that is not allowed',
        });
      }
    }
    expect(trap.caught()).toBe(0);
  });

  it('sees no connection when a public name is rebound to it after the first delivery', async () => {
    const trap = await setTrap();
    const answers = [['93.184.215.14', '127.0.0.1'], ['127.0.0.1'], ['::ffff:127.0.0.1'], ['::1']];
    const send = sender({ resolve: () => Promise.resolve(answers.shift() ?? ['127.0.0.1']) });
    for (let i = 0; i < 4; i++)
      expect(await send(`http://receiver.example.com:${trap.port}/`)).toMatchObject({
        reason: 'The host is or resolves to an address that is not allowed',
      });
    expect(trap.caught()).toBe(0);
  });

  it('sees no connection when an allowed receiver redirects to it', async () => {
    const trap = await setTrap();
    for (const status of [301, 302, 303, 307, 308]) {
      const url = await http((_, response) =>
        response.writeHead(status, { location: `http://[::1]:${trap.port}/`, refresh: '0' }).end(),
      );
      expect(await sender({ allow: '127.0.0.1' })(url)).toMatchObject({ httpStatus: status });
    }
    expect(trap.caught()).toBe(0);
  });
});
