/** CPU time of processes from /proc, to say where the cost of a message goes. Linux only; elsewhere it reports nothing. */
import { readdirSync, readFileSync } from 'node:fs';

interface ProcessTimes {
  parent: number;
  cpuMs: number;
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
      times.set(Number(entry), {
        parent: Number(fields[1]),
        cpuMs: (Number(fields[11]) + Number(fields[12])) * tickMs,
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
