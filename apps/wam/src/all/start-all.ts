/** `wam start --target=all`: the whole platform on one machine. */
import { AlreadyRunningError, acquireInstanceLock, findFreePort, type InstanceLock } from '@wam/local-infra';
import { type Env, type Logger, runUntilSignal, systemClock } from '@wam/service-kit';
import { type LauncherConfig, partsEnvironment, placeholderFacts, type StartedFacts } from '../config.ts';
import { messageOf, UserError } from '../user-error.ts';
import { checkPort, portFault } from './check-port.ts';
import { composePlatform } from './compose-platform.ts';
import { loadParts } from './load-parts.ts';
import { type Servers, startServers } from './local-servers.ts';
import { developmentKek } from './own-files.ts';

export interface StartAllDeps {
  env: Env;
  config: LauncherConfig;
  /** One for each part, so that its lines carry its name. */
  loggerFor: (service: string) => Logger;
  print: (text: string) => void;
}

/** Everything is gone within five seconds; a stop that hangs is cut off here. */
const stopGraceMs = 4500;

/** Returns when a signal has stopped everything. @throws UserError, ConfigError for what its user can repair */
export async function startAll({ env, config, loggerFor, print }: StartAllDeps): Promise<void> {
  const startedAtMs = systemClock.monotonicMs();
  const merged = (facts: StartedFacts) => partsEnvironment(env, config, facts);
  loadParts(merged(placeholderFacts)); // faults are told before anything is started
  const kek = kekOf(config);
  const lock = takeLock(config.WAM_DATA_DIR);
  try {
    await checkPort(config.PORT);
    await using servers = await startOwnServers(config);
    const { databaseUrl, natsUrl } = servers;
    const sandboxPort = config.SANDBOX_PORT || (await findFreePort());
    const environment = merged({ databaseUrl, natsUrl, kek, sandboxPort });
    const stopping = new AbortController();
    const platform = await composePlatform({
      config,
      environment,
      sandboxPort,
      parts: loadParts(environment),
      startedAtMs,
      stopping: stopping.signal,
      announce: lock.announce,
      loggerFor,
      print,
    });
    const logger = loggerFor('wam');
    await runUntilSignal(platform, { logger, graceMs: stopGraceMs, onStopping: () => stopping.abort() });
  } catch (error) {
    throw portFault(error, config.PORT) ?? error;
  } finally {
    lock.release();
  }
}

function kekOf({ WAM_KEK, WAM_MODE, WAM_DATA_DIR }: LauncherConfig): string {
  if (WAM_KEK !== undefined) return WAM_KEK.reveal();
  if (WAM_MODE === 'development') return developmentKek(WAM_DATA_DIR);
  throw new UserError('WAM_KEK is not set: in production the key that seals all data is yours to make and to keep');
}

function takeLock(dataDir: string): InstanceLock {
  try {
    return acquireInstanceLock(dataDir);
  } catch (error) {
    if (error instanceof AlreadyRunningError) throw new UserError(`WAMessenger is ${error.message}`);
    throw error;
  }
}

async function startOwnServers(config: LauncherConfig): Promise<Servers & AsyncDisposable> {
  try {
    const servers = await startServers(config);
    return { ...servers, [Symbol.asyncDispose]: () => servers.stop() };
  } catch (error) {
    throw new UserError(messageOf(error));
  }
}
