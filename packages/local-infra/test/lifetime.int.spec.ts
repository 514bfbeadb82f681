import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { AlreadyRunningError, acquireInstanceLock } from '../src/index.ts';
import { gone, scratchFolder } from './scratch.ts';

type Pids = { readonly postgres: number; readonly nats: number };

const natsCache = process.env.WAM_DATA_DIR ?? fileURLToPath(new URL('../../../.wam', import.meta.url));

test.each(['exit', 'crash'])('the servers end when the program that started them ends by %s', async (ending) => {
  using folder = scratchFolder();
  const { pids } = await holdServers(folder.path, ending);
  await Promise.all([gone(pids.postgres), gone(pids.nats)]);
});

test('the servers end when the program that started them is killed', async () => {
  using folder = scratchFolder();
  const { pids, program } = await holdServers(folder.path, 'wait');
  program.kill('SIGKILL');
  await Promise.all([gone(pids.postgres), gone(pids.nats)]);
});

test('a second start on the same folder is told who runs there, since when and where', async () => {
  using folder = scratchFolder();
  const { program, pids } = await holdServers(folder.path, 'wait');

  const refusal = thrownBy(() => acquireInstanceLock(folder.path));
  expect(refusal).toBeInstanceOf(AlreadyRunningError);
  expect(refusal).toHaveProperty('message', expect.stringMatching(/pid \d+ since .+, at http:\/\/127\.0\.0\.1:3000$/));
  expect((refusal as AlreadyRunningError).instance).toMatchObject({ pid: program.pid, url: 'http://127.0.0.1:3000' });

  program.kill('SIGKILL');
  await Promise.all([gone(pids.postgres), gone(pids.nats), once(program, 'exit')]);
});

test('the lock of a killed program is taken over', async () => {
  using folder = scratchFolder();
  const { program, pids } = await holdServers(folder.path, 'wait');
  program.kill('SIGKILL');
  await Promise.all([once(program, 'exit'), gone(pids.postgres), gone(pids.nats)]);
  acquireInstanceLock(folder.path).release();
});

async function holdServers(dataDir: string, ending: string): Promise<{ program: ChildProcess; pids: Pids }> {
  const program = fork(fileURLToPath(new URL('./hold-servers.ts', import.meta.url)), [dataDir, natsCache, ending], {
    stdio: ['ignore', 'inherit', ending === 'crash' ? 'ignore' : 'inherit', 'ipc'],
  });
  const [pids] = (await once(program, 'message')) as [Pids];
  return { program, pids };
}

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
