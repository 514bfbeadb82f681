/** Start of the oldest month that is kept: `months` whole ones before the current one. UTC, as the partitions of the archive. */
export function keptFrom(nowMs: number, months: number): Date {
  const now = new Date(nowMs);
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, 1));
}
