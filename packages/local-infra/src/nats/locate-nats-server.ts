import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { searchPath } from '../config.ts';
import { findOnPath, isExecutable } from '../executable.ts';

export type NatsServerBinary = {
  readonly source: 'path' | 'cache';
  readonly path: string;
};

/** Where the bootstrap keeps a nats-server that it fetched itself. */
export function cachedNatsServerPath(dataDir: string): string {
  return join(dataDir, 'bin', 'nats-server');
}

/** The nats-server to run: one on PATH, else the one the bootstrap put under the data folder. */
export function locateNatsServer(dataDir: string): NatsServerBinary | undefined {
  const onPath = locateOnPath();
  if (onPath !== undefined) return { source: 'path', path: onPath };
  const cached = cachedNatsServerPath(dataDir);
  return isExecutable(cached) ? { source: 'cache', path: cached } : undefined;
}

/** Debian puts servers in /usr/sbin, which is not on the PATH of a plain user. */
export function locateOnPath(): string | undefined {
  return findOnPath('nats-server', `${searchPath()}:/usr/sbin:/usr/local/sbin`);
}

/**
 * The version a nats-server reports, such as `2.9.10`.
 *
 * @throws when the file cannot be executed or is not a nats-server.
 */
export function natsServerVersion(binary: string): string {
  const text = execFileSync(binary, ['--version'], { encoding: 'utf8', timeout: 10_000, stdio: 'pipe' });
  const version = /nats-server:? v?(\d+\.\d+\.\d+)/.exec(text)?.[1];
  if (version === undefined)
    throw new Error(`${binary} --version says "${text.trim()}", which is not a nats-server's answer`);
  return version;
}

/** Both as a nats-server reports them. */
export const isVersionBefore = (version: string, other: string): boolean =>
  version.localeCompare(other, 'en', { numeric: true }) < 0;
