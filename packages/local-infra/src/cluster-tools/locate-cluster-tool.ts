import { join } from 'node:path';
import { searchPath } from '../config.ts';
import { findOnPath, isExecutable } from '../executable.ts';

/** Programs that render manifests and check alerts. */
export type ClusterTool = 'kubectl' | 'helm' | 'promtool';

/** Where the bootstrap keeps one that it fetched itself. */
export const cachedClusterToolPath = (tool: ClusterTool, dataDir: string): string => join(dataDir, 'bin', tool);

/** The one on PATH, else the one under the data folder; undefined when there is none. */
export function locateClusterTool(tool: ClusterTool, dataDir: string): string | undefined {
  const cached = cachedClusterToolPath(tool, dataDir);
  return findOnPath(tool, searchPath()) ?? (isExecutable(cached) ? cached : undefined);
}
