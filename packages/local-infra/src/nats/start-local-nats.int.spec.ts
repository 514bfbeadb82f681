import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { gone, listens, scratchFolder } from '../../test/scratch.ts';
import { locateNatsServer } from './locate-nats-server.ts';
import { type LocalNats, localNatsPid, localNatsUrl, startLocalNats } from './start-local-nats.ts';

const binary = locateNatsServer(
  process.env.WAM_DATA_DIR ?? fileURLToPath(new URL('../../../../.wam', import.meta.url)),
);

function start(folder: string, port = 0): Promise<LocalNats> {
  if (binary === undefined) throw new Error('no nats-server: run "node scripts/bootstrap.mjs"');
  return startLocalNats({
    dataDir: join(folder, 'nats'),
    binary: binary.path,
    logFile: join(folder, 'log', 'nats.log'),
    port,
    syncInterval: 'always',
  });
}

/** One request in NATS' text protocol, answered by JetStream. */
async function jetStream(url: string, subject: string, payload: string): Promise<Record<string, unknown>> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(
    `CONNECT {"verbose":false}\r\nSUB answer 1\r\nPUB ${subject} answer ${payload.length}\r\n${payload}\r\n`,
  );
  let text = '';
  while (!/MSG answer .*\r\n.*\r\n/.test(text)) text += String(((await once(socket, 'data')) as [Buffer])[0]);
  socket.destroy();
  return JSON.parse(/MSG answer .*\r\n(.*)\r\n/.exec(text)?.[1] ?? '');
}

test('a message that was acknowledged before a kill is there after the next start', async () => {
  using folder = scratchFolder();
  const killed = await start(folder.path);
  await jetStream(killed.url, '$JS.API.STREAM.CREATE.KEPT', '{"name":"KEPT","subjects":["kept"],"storage":"file"}');
  expect(await jetStream(killed.url, 'kept', 'a message')).toMatchObject({ stream: 'KEPT', seq: 1 });
  expect(localNatsPid(join(folder.path, 'nats'))).toBe(killed.pid);
  expect(localNatsUrl(join(folder.path, 'nats'))).toBe(killed.url);
  await killed.kill();
  expect(await listens(killed.url)).toBe(false);
  expect(localNatsPid(join(folder.path, 'nats'))).toBeUndefined();
  expect(localNatsUrl(join(folder.path, 'nats'))).toBeUndefined();

  const restarted = await start(folder.path, killed.port);
  expect(restarted.url).toBe(killed.url);
  expect(await jetStream(restarted.url, '$JS.API.STREAM.INFO.KEPT', '')).toMatchObject({ state: { messages: 1 } });
  await restarted.stop();
});

test('a server that is still there from an earlier run is replaced', async () => {
  using folder = scratchFolder();
  const left = await start(folder.path);
  const replacement = await start(folder.path);
  await gone(left.pid);
  expect(await listens(replacement.url)).toBe(true);
  await replacement.stop();
});

test('stopping leaves no process, and stopping again does no harm', async () => {
  using folder = scratchFolder();
  const server = await start(folder.path);
  await server.stop();
  await server.stop();
  await gone(server.pid);
});

test('a server that cannot start says why', async () => {
  using folder = scratchFolder();
  const first = await start(folder.path);
  using other = scratchFolder();
  await expect(start(other.path, first.port)).rejects.toThrow('address already in use');
  await first.stop();
});
