import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { serverEnvironment } from '../config.ts';
import { type StopStep, stopProcess } from './stop-process.ts';

export type SupervisedProcess = {
  readonly pid: number;
  /** Set once the process has ended, by itself or by `stop()`. */
  readonly exit: () => ProcessExit | undefined;
  /** Resolves when the process has ended. */
  readonly exited: Promise<ProcessExit>;
  /** Ends the process, gently first. Resolves when it is gone; calling it again is harmless. */
  readonly stop: () => Promise<void>;
  /** Ends the process with SIGKILL, as a power cut would. Resolves when it is gone. */
  readonly kill: () => Promise<void>;
};

export type ProcessExit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

export type SuperviseOptions = {
  readonly command: string;
  readonly args: readonly string[];
  /** stdout and stderr are appended here. */
  readonly logFile: string;
  /** Signals of `stop()`, gentle first. The first one is also sent when this Node process dies. */
  readonly stopSteps: readonly [StopStep, ...StopStep[]];
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
};

/**
 * Starts a server process that never outlives this Node process.
 *
 * It runs in a session of its own, so that Ctrl-C in the terminal reaches only our own process, which can then drain
 * before it takes the servers away. A guard (`sh`) holds the read end of a pipe: when this process ends in whatever
 * way, SIGKILL included, the pipe closes and the guard ends the server.
 */
export function supervise(options: SuperviseOptions): SupervisedProcess {
  const log = openSync(options.logFile, 'a', 0o600);
  let child: ChildProcess;
  try {
    child = spawn(options.command, options.args, {
      detached: true,
      stdio: ['ignore', log, log],
      env: serverEnvironment(),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.uid === undefined ? {} : { uid: options.uid }),
      ...(options.gid === undefined ? {} : { gid: options.gid }),
    });
  } finally {
    closeSync(log);
  }

  let exit: ProcessExit | undefined;
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once('exit', (code, signal) => {
      exit = { code, signal };
      resolve(exit);
    });
    child.once('error', () => {
      exit = { code: null, signal: null };
      resolve(exit);
    });
  });
  const pid = child.pid;
  if (pid === undefined) throw new Error(`cannot start ${options.command}: is it there, and may it be executed?`);
  child.unref();

  const guard = startGuard(pid, options.stopSteps);
  // A guard must not live on to signal a pid that may belong to someone else by then.
  const settled = exited.then(async () => {
    const gone = once(guard, 'close');
    if (guard.exitCode === null && guard.signalCode === null && guard.kill('SIGKILL')) await gone;
  });

  const end = async (steps: readonly StopStep[]): Promise<void> => {
    if (exit !== undefined) return settled;
    child.ref();
    guard.ref();
    await stopProcess(pid, steps);
    await settled;
  };
  return {
    pid,
    exit: () => exit,
    exited,
    stop: () => end(options.stopSteps),
    kill: () => end([{ signal: 'SIGKILL', graceMs: 2000 }]),
  };
}

function startGuard(pid: number, steps: readonly [StopStep, ...StopStep[]]): ChildProcess {
  const signals = steps.map((step) => `kill -${step.signal.slice(3)} ${pid} 2>/dev/null || exit 0; sleep 1`).join('; ');
  const guard = spawn('/bin/sh', ['-c', `read -r _; ${signals}`], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.on('error', () => undefined); // without a shell the server is still stopped by stop() and by the next start
  guard.stdin?.on('error', () => undefined);
  guard.unref();
  (guard.stdin as unknown as { unref?: () => void } | null)?.unref?.();
  return guard;
}

/** The last lines of a log, for an error message about a server that did not start. */
export function logTail(logFile: string, lines = 12): string {
  try {
    return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '(no log was written)';
  }
}
