/** CPU time of processes from /proc, to say where the cost of a message goes. Linux only; elsewhere it reports nothing. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

interface ProcessTimes {
  parent: number;
  cpuMs: number;
  /** With children that ended and were waited for. */
  withEndedChildrenMs: number;
}
/** The kernel's clock ticks are 10 ms on every Linux that Node supports. */
const tickMs = 10;

function processTimes(): Map<number, ProcessTimes> {
  const times = new Map<number, ProcessTimes>();
  if (process.platform !== 'linux') return times;
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      // The name in parentheses may hold spaces; the fields after it do not.
      const fields = readFileSync(`/proc/${entry}/stat`, 'utf8').split(') ')[1]!.split(' ');
      const [user, system, childrenUser, childrenSystem] = fields.slice(11, 15).map(Number);
      const cpuMs = (user! + system!) * tickMs;
      times.set(Number(entry), {
        parent: Number(fields[1]),
        cpuMs,
        withEndedChildrenMs: cpuMs + (childrenUser! + childrenSystem!) * tickMs,
      });
    } catch {
      // Ended between the listing and the reading.
    }
  }
  return times;
}

/** CPU milliseconds so far of each named process; of Postgres, whose work is in its children, with them. */
export function cpuOf(processes: Record<string, number>): Record<string, number> {
  const times = processTimes();
  const ofChildren = (pid: number): number =>
    [...times].filter(([, { parent }]) => parent === pid).reduce((sum, [, { cpuMs }]) => sum + cpuMs, 0);
  return Object.fromEntries(
    Object.entries(processes).map(([name, pid]) => [
      name,
      (times.get(pid)?.cpuMs ?? 0) + (name === 'postgres' ? ofChildren(pid) : 0),
    ]),
  );
}

/** CPU milliseconds so far of this process and all it started, those that ended included. */
function familyCpuMs(): number {
  const times = processTimes();
  const children = Map.groupBy([...times], ([, { parent }]) => parent);
  const sum = (pid: number): number =>
    (times.get(pid)?.withEndedChildrenMs ?? 0) +
    (children.get(pid) ?? []).reduce((total, [child]) => total + sum(child), 0);
  return sum(process.pid);
}

/** Begins now. @returns how many cores everything was busy with meanwhile that this process did not start */
export function watchOutside(): () => number {
  const [family, machine, sinceMs] = [familyCpuMs(), machineCpuMs(), performance.now()];
  return () => {
    const own = familyCpuMs() - family;
    return Math.max(0, ((machineCpuMs() ?? 0) - (machine ?? 0) - own) / (performance.now() - sinceMs));
  };
}

/** CPU milliseconds so far of the whole machine, all cores together; undefined where the kernel does not tell. */
function machineCpuMs(): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const [user, nice, system, , , irq, softirq, steal] = readFileSync('/proc/stat', 'utf8')
    .split('\n', 1)[0]!
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user! + nice! + system! + irq! + softirq! + steal!) * tickMs;
}

export interface Measured<T> {
  value: T;
  cpuMs: Record<string, number>;
  /** Cores that everything else on the machine was busy with meanwhile. */
  outsideCores: number;
}

/**
 * Measures when the machine is our own. Work of others hits a platform of eight processes harder than the one process of a reference, so a
 * measurement during which others took more than `maxOutsideCores` is made again, whichever side it is of. What `before` does is not measured.
 */
export async function measureUndisturbed<T>(
  processes: Record<string, number>,
  run: () => Promise<T>,
  {
    maxOutsideCores,
    attempts,
    before: prepare,
  }: { maxOutsideCores: number; attempts: number; before?: (() => Promise<unknown>) | undefined },
): Promise<Measured<T> & { discarded: number }> {
  let best: (Measured<T> & { discarded: number }) | undefined;
  for (let discarded = 0; discarded < attempts; discarded++) {
    await prepare?.();
    const [before, machineBefore, sinceMs] = [cpuOf(processes), machineCpuMs(), performance.now()];
    const value = await run();
    const [after, machineAfter, tookMs] = [cpuOf(processes), machineCpuMs(), performance.now() - sinceMs];
    const cpuMs = Object.fromEntries(Object.entries(after).map(([name, ms]) => [name, ms - before[name]!]));
    const own = Object.values(cpuMs).reduce((sum, ms) => sum + ms, 0);
    const outsideCores = machineAfter === undefined ? 0 : Math.max(0, (machineAfter - machineBefore! - own) / tookMs);
    if (!best || outsideCores < best.outsideCores) best = { value, cpuMs, outsideCores, discarded };
    if (outsideCores <= maxOutsideCores) return { ...best, discarded };
  }
  return { ...best!, discarded: attempts - 1 };
}

/**
 * Gives this session the priority that every other has. Linux shares the CPU among sessions, the servers here have sessions of their own, and
 * whoever starts a bench with a higher priority raises that of its own session only: the servers wait, and get many messages at a time.
 */
export function takeUsualPriority(): void {
  try {
    writeFileSync('/proc/self/autogroup', '0');
  } catch {
    // No such thing on this system.
  }
}
