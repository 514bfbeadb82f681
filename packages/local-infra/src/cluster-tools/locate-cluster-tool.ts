import { join } from 'node:path';
import { searchPath } from '../config.ts';
import { findOnPath, isExecutable } from '../executable.ts';
import { isVersionBefore, locateNatsServer, natsServerVersion } from '../nats/locate-nats-server.ts';

/** Programs that render manifests and check alerts, and a nats-server that is fit for a cluster. */
export type ClusterTool = 'kubectl' | 'helm' | 'promtool' | 'nats-server-2.10';

/** Where the bootstrap keeps one that it fetched itself. */
export const cachedClusterToolPath = (tool: ClusterTool, dataDir: string): string => join(dataDir, 'bin', tool);

/** The one on PATH, else the one under the data folder; undefined when there is none. */
export function locateClusterTool(tool: ClusterTool, dataDir: string): string | undefined {
  const cached = cachedClusterToolPath(tool, dataDir);
  return findOnPath(tool, searchPath()) ?? (isExecutable(cached) ? cached : undefined);
}

const oldestInCluster = '2.10.0';

/**
 * A nats-server for a cluster. Before 2.10 the copies of a consumer do not catch up after their server was away (2.9.10: 22 of 64 idle ones, for good), so
 * that the next loss leaves them without a majority, and what waits for them in the stream with nobody.
 */
export function locateClusterNatsServer(dataDir: string): string | undefined {
  const usual = locateNatsServer(dataDir)?.path;
  const isFit = usual !== undefined && !isVersionBefore(natsServerVersion(usual), oldestInCluster);
  return isFit ? usual : locateClusterTool('nats-server-2.10', dataDir);
}
