/** A target in a process of its own: forked with an IPC channel, so that it ends with its parent, and restarted when it ends by itself. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Clock, defineService, type Logger, type Service, type Timer } from '@wam/service-kit';
import { UserError } from '../user-error.ts';
import { nodeArguments } from './node-arguments.ts';
import { nextEndsInARow, restartDelayMs } from './restart-delay.ts';

/** What a child tells its parent when it takes work. */
export const readyMessage = 'ready';

const entry = fileURLToPath(new URL('../main.ts', import.meta.url));
/** Below the five seconds in which everything is gone. */
const stopGraceMs = 3500;

export interface ChildTargetOptions {
  name: string;
  target: 'sandbox' | 'session-engine';
  /** The whole environment of the child; nothing is inherited. */
  env: Record<string, string>;
}

export interface ChildTargetDeps {
  logger: Logger;
  clock: Clock;
  /** Aborted as soon as the platform is told to stop: a Ctrl-C ends children by itself, and nobody may start them again. */
  stopping: AbortSignal;
}

/**
 * `start` resolves when the child is ready for the first time, and rejects when it ends before that. From then on an
 * end that was not asked for is logged and followed by a restart.
 */
export function createChildTarget(options: ChildTargetOptions, deps: ChildTargetDeps): Service {
  const { clock, stopping } = deps;
  const logger = deps.logger.child({ part: options.name });
  let child: ChildProcess | undefined;
  let restart: Timer | undefined;
  let endsInARow = 0;
  let ready = false;
  let stopped = false;

  function launch(): ChildProcess {
    const startedAtMs = clock.monotonicMs();
    const launched = fork(entry, ['start', `--target=${options.target}`], {
      env: options.env,
      execArgv: [...nodeArguments],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    child = launched;
    launched.on('message', (message) => {
      if (message === readyMessage) ready = true;
    });
    launched.once('exit', (code, signal) => {
      const wasReady = ready;
      ready = false;
      const failedFirstStart = !wasReady && endsInARow === 0; // start() reports it
      if (stopping.aborted || stopped || failedFirstStart) return;
      endsInARow = nextEndsInARow(endsInARow, clock.monotonicMs() - startedAtMs);
      restart = clock.setTimeout(() => {
        if (stopping.aborted) return;
        logger.error({ code, signal, endsInARow }, 'ended by itself; started again');
        launch();
      }, restartDelayMs(endsInARow));
    });
    return launched;
  }

  return defineService({
    name: options.name,
    async start() {
      const launched = launch();
      const [fact] = await Promise.race([
        once(launched, 'message'),
        once(launched, 'exit').then(([code, signal]) => {
          throw new UserError(`${options.name} did not start (${signal ?? `exit code ${code}`}); see its lines above`);
        }),
      ]);
      if (fact !== readyMessage) throw new Error(`${options.name} said ${JSON.stringify(fact)} instead of ready`);
    },
    async stop() {
      stopped = true;
      restart?.cancel();
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      // Not SIGTERM: after a Ctrl-C in a terminal it would be the child's second signal, which means "at once".
      if (child.connected) child.disconnect();
      else child.kill('SIGTERM');
      const lastResort = clock.setTimeout(() => child?.kill('SIGKILL'), stopGraceMs);
      await exited;
      lastResort.cancel();
    },
    health: () => (ready ? { ready: true } : { ready: false, detail: 'not running' }),
  });
}
