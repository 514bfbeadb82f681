import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type PostmasterFile = { readonly pid: number; readonly port: number; readonly ready: boolean };

/**
 * Reads `postmaster.pid`: line 1 is the pid, line 4 the port, line 8 the state of the server. `undefined` when there is none or it is
 * only half written. Source: Postgres `src/include/utils/pidfile.h`; pg_ctl waits in the same way.
 */
export function readPostmasterFile(dataDir: string): PostmasterFile | undefined {
  let lines: string[];
  try {
    lines = readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return undefined;
  }
  const pid = Number(lines[0]);
  return Number.isInteger(pid) && pid > 0
    ? { pid, port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' }
    : undefined;
}
