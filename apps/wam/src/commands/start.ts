/** `wam start`: one service as Kubernetes runs it, or all of them as a laptop does. */
import { createLogger, type Env, type Logger, type LogLevel, runUntilSignal, startTracing } from '@wam/service-kit';
import { readyMessage } from '../all/child-target.ts';
import { startAll } from '../all/start-all.ts';
import { type LauncherConfig, loadLauncherConfig } from '../config.ts';
import { loadTarget } from '../targets/load-target.ts';
import { isTargetName, type TargetName, targetNames } from '../targets/target.ts';
import { UserError } from '../user-error.ts';
import { announced } from './announced.ts';
import { managed } from './managed.ts';

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
  const level = logLevel(config, target);
  const loggerFor = (service: string) => createLogger({ service, level, destination: process.stderr });
  await using _tracing = await startTracing(config, {
    service: target === 'all' ? 'wam' : `wam-${target}`,
    logger: loggerFor('tracing'),
  });
  if (target === 'all') {
    const print = (text: string) => void process.stdout.write(text);
    // Children log as their parent does.
    await startAll({ env: { ...env, LOG_LEVEL: level }, config, loggerFor, print });
  } else {
    await startOne(target, env, config, loggerFor(target));
  }
}

async function startOne(name: TargetName, env: Env, config: LauncherConfig, logger: Logger): Promise<void> {
  const { load } = await loadTarget(name);
  const { MANAGEMENT_PORT: port, DRAIN_DELAY: drainDelayMs } = config;
  const { service, run } = managed(load(env)({ logger }), { port, drainDelayMs, logger });
  // A parent that forked this process waits for the word.
  await runUntilSignal(
    announced(service, () => process.send?.(readyMessage)),
    run,
  );
}

/** In a terminal the banner must stay readable: only what needs attention is logged there, unless asked otherwise. */
function logLevel({ LOG_LEVEL }: LauncherConfig, target: string): LogLevel {
  return LOG_LEVEL ?? (target === 'all' && process.stderr.isTTY ? 'warn' : 'info');
}
