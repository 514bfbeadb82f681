import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

export interface Footprint {
  rssKb: number;
  heapKb: number;
  heapTotalKb: number;
  externalKb: number;
}

/** User and system, since the process began. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** What a process holds, after its garbage is gone. */
export async function footprint(): Promise<Footprint> {
  for (let round = 0; round < 3; round++) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const { rss, heapUsed, heapTotal, external } = process.memoryUsage();
  const kb = (bytes: number): number => Math.round(bytes / 1024);
  return {
    rssKb: kb(rss),
    heapKb: kb(heapUsed),
    heapTotalKb: kb(heapTotal),
    externalKb: kb(external),
  };
}
