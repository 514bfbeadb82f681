/** `wam start`: one service as Kubernetes runs it, or all of them as a laptop does. */
import { createLogger, type Env, type Logger, type LogLevel, runUntilSignal } from '@wam/service-kit';
import { readyMessage } from '../all/child-target.ts';
import { startAll } from '../all/start-all.ts';
import { type LauncherConfig, loadLauncherConfig } from '../config.ts';
import { loadTarget } from '../targets/load-target.ts';
import { isTargetName, type TargetName, targetNames } from '../targets/target.ts';
import { UserError } from '../user-error.ts';
import { announced } from './announced.ts';

export interface StartOptions {
  target: string;
  /** Path of the ready file; overrides WAM_READY_FILE. */
  jsonReady?: string;
}

export async function start(options: StartOptions, env: Env): Promise<void> {
  const { target } = options;
  if (target !== 'all' && !isTargetName(target)) {
    throw new UserError(`there is no target ${target}; choose all, ${targetNames.join(', ')}`);
  }
  const config = loadLauncherConfig({
    ...env,
    ...(options.jsonReady === undefined ? {} : { WAM_READY_FILE: options.jsonReady }),
  });
  const loggerFor = (service: string) => createStderrLogger(config, target, service);
  if (target === 'all') await startAll({ env, config, loggerFor, print: (text) => void process.stdout.write(text) });
  else await startOne(target, env, loggerFor(target));
}

async function startOne(name: TargetName, env: Env, logger: Logger): Promise<void> {
  const { load } = await loadTarget(name);
  const service = load(env)({ logger });
  // A parent that forked this process waits for the word.
  await runUntilSignal(
    announced(service, () => process.send?.(readyMessage)),
    { logger },
  );
}

/** In a terminal the banner must stay readable: only what needs attention is logged there, unless asked otherwise. */
function createStderrLogger(config: LauncherConfig, target: string, service: string): Logger {
  const quiet = target === 'all' && process.stderr.isTTY;
  const level: LogLevel = config.LOG_LEVEL ?? (quiet ? 'warn' : 'info');
  return createLogger({ service, level, destination: process.stderr });
}
