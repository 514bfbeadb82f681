import { chmod, copyFile, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { searchPath } from '../../config.ts';
import { findOnPath } from '../../executable.ts';
import { fetchFromApt } from '../../fetch-from-apt.ts';
import { cachedNatsServerPath, isVersionBefore, locateOnPath, natsServerVersion } from '../locate-nats-server.ts';
import { fetchRelease } from './fetch-release.ts';
import { installWithHomebrew } from './install-with-homebrew.ts';
import { type NatsInstaller, planNats } from './plan.ts';

export type ProvisionNatsOptions = {
  /** `NATS_URL`. */
  readonly url: string | undefined;
  /** `WAM_DATA_DIR`; fetched programs are kept in its `bin`. */
  readonly dataDir: string;
  /** Told one line before something slow. */
  readonly report: (line: string) => void;
};

/** Work queues with header-based deduplication and key-value compare-and-set work from here on. */
const oldestVersion = '2.9.0';

const sources: Record<NatsInstaller, { readonly name: string; readonly fetch: (folder: string) => Promise<string> }> = {
  apt: {
    name: 'the Debian package',
    fetch: (folder) => fetchFromApt(folder, { packageName: 'nats-server', program: 'nats-server' }),
  },
  homebrew: { name: 'Homebrew', fetch: installWithHomebrew },
  release: { name: 'the official release', fetch: (folder) => fetchRelease(folder) },
};

/**
 * Makes sure that there is a nats-server to run.
 *
 * @returns one line that says which.
 * @throws with one line that says what was tried and what to do.
 */
export async function provisionNatsServer(options: ProvisionNatsOptions): Promise<string> {
  const onPath = usableVersion(locateOnPath());
  const cachedPath = cachedNatsServerPath(options.dataDir);
  const cached = onPath === undefined ? usableVersion(cachedPath) : undefined;
  const plan = planNats({
    url: options.url,
    onPath: onPath !== undefined,
    cached: cached !== undefined,
    hasApt: isOnPath('apt-get') && isOnPath('dpkg-deb'),
    hasHomebrew: isOnPath('brew'),
  });
  switch (plan.use) {
    case 'url':
      return 'nats-server: the one at NATS_URL';
    case 'path':
      return `nats-server: ${onPath} from ${locateOnPath()}`;
    case 'cache':
      return `nats-server: ${cached} in ${displayPath(dirname(cachedPath))}`;
    case 'install':
      return install(plan.installers, cachedPath, options.report);
  }
}

async function install(
  installers: readonly NatsInstaller[],
  target: string,
  report: (line: string) => void,
): Promise<string> {
  report(
    `nats-server: none here, fetching it (${installers.map((installer) => sources[installer].name).join(', else ')})`,
  );
  await mkdir(dirname(target), { recursive: true });
  const failures: string[] = [];
  for (const installer of installers) {
    const folder = await mkdtemp(join(dirname(target), 'fetching-'));
    try {
      const program = await sources[installer].fetch(folder);
      const version = usableVersion(program);
      if (version === undefined) throw new Error(`its nats-server does not run, or is older than ${oldestVersion}`);
      await keep(program, folder, target);
      return `nats-server: ${version} from ${sources[installer].name}, in ${displayPath(dirname(target))}`;
    } catch (error) {
      failures.push(`${sources[installer].name}: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  throw new Error(
    `nats-server: none found and none could be fetched (${failures.join('; ')}). Install nats-server ${oldestVersion} ` +
      'or newer so that it is on PATH, or set NATS_URL to a running one, and run the command again',
  );
}

/** Puts the program in place in one step, so that an interrupted bootstrap leaves no half of one. */
async function keep(program: string, folder: string, target: string): Promise<void> {
  const whole = join(folder, 'whole');
  await copyFile(program, whole);
  await chmod(whole, 0o755);
  await rename(whole, target);
}

/** The version, or `undefined` when the program is not there, does not run on this machine, or is too old. */
function usableVersion(program: string | undefined): string | undefined {
  if (program === undefined) return undefined;
  try {
    const version = natsServerVersion(program);
    return isVersionBefore(version, oldestVersion) ? undefined : version;
  } catch {
    return undefined;
  }
}

function isOnPath(name: string): boolean {
  return findOnPath(name, searchPath()) !== undefined;
}

function displayPath(path: string): string {
  const inside = relative(process.cwd(), path);
  return inside.startsWith('..') ? path : inside;
}
