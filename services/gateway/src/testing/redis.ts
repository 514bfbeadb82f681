/** A Redis of its own for a spec, where one is installed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { eventually, findFreePort, temporaryDirectory } from '@wam/testkit';

export interface TestRedis extends AsyncDisposable {
  url: string;
  /** It accepts connections and answers nothing, until `goOn`. */
  hang(): void;
  goOn(): void;
  kill(): Promise<void>;
}

/** Of redis-server or valkey-server; undefined when neither is installed (`apt-get install redis-server`). */
export function redisBinary(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const candidates = ['redis-server', 'valkey-server'].flatMap((name) => folders.map((folder) => join(folder, name)));
  return candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

export async function startRedis(): Promise<TestRedis> {
  const binary = redisBinary();
  if (binary === undefined) throw new Error('no redis-server');
  const [port, folder] = await Promise.all([findFreePort(), temporaryDirectory('wam-redis-')]);
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder.path];
  const child: ChildProcess = spawn(binary, options, { stdio: 'ignore' });
  const exited = once(child, 'exit');
  await eventually(() => accepts(port));
  async function kill(): Promise<void> {
    child.kill('SIGKILL');
    await exited;
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    hang: () => child.kill('SIGSTOP'),
    goOn: () => child.kill('SIGCONT'),
    kill,
    async [Symbol.asyncDispose]() {
      await kill();
      await folder.remove();
    },
  };
}

const accepts = (port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', reject).once('connect', () => {
      socket.destroy();
      resolve();
    });
  });
