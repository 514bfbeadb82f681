import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isRunning } from '../src/process/process-identity.ts';

/** A temporary folder that the user a root-started Postgres runs as can walk through, unless `closed`. */
export function scratchFolder({ closed = false } = {}): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'wam-infra-'));
  chmodSync(path, closed ? 0o700 : 0o711);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** Resolves when no process with this pid runs any more; the test's timeout ends a wait in vain. */
export async function gone(pid: number): Promise<void> {
  while (isRunning(pid)) await delay(10);
}

/** Resolves with true when something listens there. */
export function listens(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
