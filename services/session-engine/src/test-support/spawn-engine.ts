import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface EngineProcess extends AsyncDisposable {
  readonly pid: number;
  /** SIGKILL: nothing is finished, flushed or closed. */
  kill(): Promise<void>;
  /** SIGTERM. It exits with 1 when its stop does not end in 25 s. */
  terminate(): Promise<{ exitCode: number | null }>;
  /** As when the process that started it dies. */
  orphan(): Promise<{ exitCode: number | null }>;
}

export async function spawnEngine(env: Record<string, string>): Promise<EngineProcess> {
  const child: ChildProcess = fork(fileURLToPath(new URL('./engine-process.ts', import.meta.url)), {
    env: { PATH: process.env.PATH, ...env },
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  const first = await Promise.race([once(child, 'message').then(() => 'ready'), exited.then(() => 'exited')]);
  if (first === 'exited') throw new Error('the engine process ended before it was ready');
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await exited;
  };
  return {
    pid: child.pid ?? 0,
    kill: () => end('SIGKILL'),
    async terminate() {
      await end('SIGTERM');
      return { exitCode: child.exitCode };
    },
    async orphan() {
      child.disconnect();
      await exited;
      return { exitCode: child.exitCode };
    },
    [Symbol.asyncDispose]: () => end('SIGKILL'),
  };
}
