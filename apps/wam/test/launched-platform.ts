/** `wam start --target=all` in processes of its own, on a free port and a data folder of its own. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from '@wam/testkit';
import type { ReadyFile } from '../src/all/welcome.ts';

const entry = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const startTimeoutMs = 60_000;

export type Ready = { [Field in keyof ReadyFile]: NonNullable<ReadyFile[Field]> };

export interface Launched {
  readonly ready: Ready;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly child: ChildProcess;
  /** Of the launcher and everything it started, Postgres and NATS included. */
  processes(): number[];
  signal(signal: NodeJS.Signals): void;
  /** SIGINT to the whole process group, as a terminal sends it. */
  interruptGroup(): void;
  /** SIGKILL to everything at once, as a power cut would. */
  killAll(): Promise<void>;
  exited: Promise<number | null>;
}

/** Runs the command line and resolves with its end. */
export async function runWam(args: string[], env: Record<string, string>) {
  const { child, stdout, stderr, exited } = spawnWam(args, env);
  return { exitCode: await exited, stdout: stdout(), stderr: stderr(), pid: child.pid };
}

export function spawnWam(args: string[], env: Record<string, string>) {
  const child = spawn(process.execPath, [entry, ...args], {
    // A group of its own: signals of this test run do not reach it by accident.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LOG_LEVEL: 'warn', ...env },
  });
  const collect = (stream: NodeJS.ReadableStream): (() => string) => {
    let text = '';
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    return () => text;
  };
  const exited = once(child, 'close').then(([code]) => code as number | null);
  return { child, stdout: collect(child.stdout), stderr: collect(child.stderr), exited };
}

export async function launch(dataDir: string, env: Record<string, string> = {}): Promise<Launched> {
  const readyFile = join(dataDir, `ready-${process.hrtime.bigint()}.json`);
  const args = ['start', '--target=all', '--json-ready', readyFile];
  const { child, stdout, stderr, exited } = spawnWam(args, { PORT: '0', WAM_DATA_DIR: dataDir, ...env });
  const pid = child.pid ?? 0;
  const killAll = async (): Promise<void> => {
    for (const each of descendants(pid)) kill(each, 'SIGKILL');
    await exited;
  };
  const whenReady = eventually(
    () => {
      if (existsSync(readyFile)) return 'ready';
      if (child.exitCode !== null) return 'ended';
      throw new Error(`the platform is not ready:\n${stderr()}`);
    },
    { timeoutMs: startTimeoutMs, intervalMs: 50 },
  );
  const state = await whenReady.catch(async (error: unknown) => {
    await killAll();
    throw error;
  });
  if (state === 'ended') throw new Error(`the platform ended with ${child.exitCode}:\n${stderr()}`);
  return {
    ready: JSON.parse(readFileSync(readyFile, 'utf8')) as Ready,
    stdout,
    stderr,
    child,
    processes: () => descendants(pid),
    signal: (signal) => kill(pid, signal),
    interruptGroup: () => kill(-pid, 'SIGINT'),
    killAll,
    exited,
  };
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone already.
  }
}

export const isAlive = (pid: number): boolean => processTable().some((each) => each.pid === pid);

interface ProcessRow {
  pid: number;
  parent: number;
  command: string;
}

/** Without those that have ended and only wait to be collected by their parent. */
function processTable(): ProcessRow[] {
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' }).trim().split('\n');
  return rows
    .map((row) => /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(row))
    .filter((match) => match !== null && !match[3]?.startsWith('Z'))
    .map((match) => ({ pid: Number(match?.[1]), parent: Number(match?.[2]), command: match?.[4] ?? '' }));
}

function descendants(root: number): number[] {
  const table = processTable();
  const found = table.some((each) => each.pid === root) ? [root] : [];
  for (const parent of found) found.push(...table.filter((each) => each.parent === parent).map((each) => each.pid));
  return found;
}

/** The engine that serves the sandbox: the child in which Baileys runs. */
export function engineProcess(launched: Launched): number {
  const pids = new Set(launched.processes());
  const engine = processTable().find((each) => pids.has(each.pid) && each.command.includes('--target=session-engine'));
  if (engine === undefined) throw new Error('there is no session engine');
  return engine.pid;
}
