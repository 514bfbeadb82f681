import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const entry = fileURLToPath(new URL('./run-gateway.ts', import.meta.url));

export type GatewayQuestion = 'metrics' | 'memory';
export interface GatewayAnswer {
  address?: string;
  metrics?: string;
  memory?: Memory;
}

export interface Memory {
  /** What the process has of the machine, whether it needs it or not. */
  residentBytes: number;
  /** Objects in use. */
  heapBytes: number;
  /** Buffers in use. */
  externalBytes: number;
}

export interface GatewayProcess extends AsyncDisposable {
  address: string;
  /** After a garbage collection. */
  memory(): Promise<Memory>;
  /** Sum of the series of a metric. */
  metric(name: string): Promise<number>;
  /** SIGTERM; resolves when it is gone. */
  stop(): Promise<void>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
}

/** Three times what a stop may take: one that takes longer hangs. */
const endWithinMs = 60_000;

/** The gateway in a process of its own. Resolves when it listens. */
export async function startGatewayProcess(env: Record<string, string>): Promise<GatewayProcess> {
  const child: ChildProcess = fork(entry, {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    // The limit of every process of the platform.
    execArgv: ['--expose-gc', '--max-semi-space-size=16'],
    env: { ...process.env, PORT: '0', ...env },
  });
  const exited = once(child, 'exit');
  const answerOf = async <K extends keyof GatewayAnswer>(key: K): Promise<NonNullable<GatewayAnswer[K]>> => {
    for (;;) {
      const [answer] = (await Promise.race([once(child, 'message'), exited])) as [GatewayAnswer | number];
      if (typeof answer !== 'object') throw new Error(`The gateway ended with ${answer}`);
      if (answer[key] !== undefined) return answer[key];
    }
  };
  const ask = <K extends GatewayQuestion>(question: K): Promise<NonNullable<GatewayAnswer[K]>> => {
    const answer = answerOf(question);
    child.send(question);
    return answer;
  };
  const end = (signal: NodeJS.Signals) => async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    const ended = await Promise.race([exited, setTimeout(endWithinMs, undefined, { ref: false })]);
    if (ended === undefined)
      throw new Error(`The gateway ${child.pid} did not end within ${endWithinMs / 1000} s of ${signal}`);
  };
  return {
    address: await answerOf('address'),
    memory: () => ask('memory'),
    async metric(name) {
      const series = (await ask('metrics')).split('\n').filter((line) => line.startsWith(name));
      return series.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
    },
    stop: end('SIGTERM'),
    kill: end('SIGKILL'),
    [Symbol.asyncDispose]: end('SIGKILL'),
  };
}
