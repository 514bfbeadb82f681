/** The disk under the servers of this machine. Those of others are watched by the alert VolumeNearlyFull. */
import { existsSync, statfsSync } from 'node:fs';
import { type Finding, fault, ok, warning } from './finding.ts';

export function examineDisk(folder: string): Finding[] {
  if (!existsSync(folder)) return [];
  const { bsize, blocks, bavail } = statfsSync(folder);
  return [judgeDisk(folder, { freeBytes: bavail * bsize, totalBytes: blocks * bsize })];
}

const gigabyte = 1024 ** 3;

/** Pure. */
export function judgeDisk(
  folder: string,
  { freeBytes, totalBytes }: { freeBytes: number; totalBytes: number },
): Finding {
  const about = `disk of ${folder}`;
  const says = `${(freeBytes / gigabyte).toFixed(1)} of ${(totalBytes / gigabyte).toFixed(1)} GB are free`;
  const remedy = 'make room; when it is full, NATS stores nothing and Postgres stops';
  if (freeBytes < gigabyte / 2) return fault(about, says, remedy);
  return freeBytes < totalBytes * 0.1 && freeBytes < 10 * gigabyte ? warning(about, says, remedy) : ok(about, says);
}
