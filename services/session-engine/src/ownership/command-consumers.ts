/** Names of the command consumers of partitions. Bound to the epoch, so that a late ack of an earlier owner addresses nobody. */
const prefixOf = (pool: string, partition: number): string => `${pool}_p${partition}_e`;

export const consumerOfEpoch = (pool: string, partition: number, epoch: number): string =>
  `${prefixOf(pool, partition)}${epoch}`;

/** Which of the consumers cover a partition's commands and belong to earlier owners. */
export function supersededConsumers(
  consumers: readonly string[],
  pool: string,
  partition: number,
  epoch: number,
): string[] {
  const prefix = prefixOf(pool, partition);
  return consumers.filter((name) => {
    // Of an installation from before there were partitions: it covers the whole pool.
    if (/^-e\d+$/.test(name.slice(pool.length)) && name.startsWith(pool)) return true;
    return name.startsWith(prefix) && Number(name.slice(prefix.length)) < epoch;
  });
}
