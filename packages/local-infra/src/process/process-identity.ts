import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * A text that names one life of a process: the same pid used again by another process has another identity.
 * `undefined` when no such process runs.
 *
 * Linux: boot id and start time in clock ticks (`/proc/<pid>/stat`, field 22). Elsewhere: `ps -o lstart`, to the second.
 */
export function processIdentity(pid: number): string | undefined {
  if (process.platform === 'linux') {
    const stat = readTextIfPresent(`/proc/${pid}/stat`);
    if (stat === undefined) return undefined;
    // The command name (field 2) may hold spaces and brackets, so count the fields after its closing bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const state = fields[0];
    if (state === 'Z' || state === 'X') return undefined;
    const bootId = readTextIfPresent('/proc/sys/kernel/random/boot_id')?.trim() ?? 'unknown-boot';
    return `${bootId}/${fields[19]}`;
  }
  return runPs(pid, 'lstart=');
}

/** The command line of a running process with its arguments joined by spaces, or `undefined` when it is gone. */
export function processCommand(pid: number): string | undefined {
  if (process.platform === 'linux') {
    const commandLine = readTextIfPresent(`/proc/${pid}/cmdline`);
    return commandLine === undefined || commandLine === '' ? undefined : commandLine.split('\0').join(' ').trim();
  }
  return runPs(pid, 'command=');
}

/** True while a process with this pid runs (a zombie that waits for its parent does not). */
export function isRunning(pid: number): boolean {
  return processIdentity(pid) !== undefined;
}

function readTextIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function runPs(pid: number, format: string): string | undefined {
  try {
    const text = execFileSync('ps', ['-o', format, '-p', String(pid)], { encoding: 'utf8', stdio: 'pipe' }).trim();
    return text === '' ? undefined : text;
  } catch {
    return undefined;
  }
}
