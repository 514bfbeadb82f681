/** Who should own what: bounded-load rendezvous hashing. Pure; every member computes it for itself from the members it sees. */
import { partitionOf } from '@wam/contracts';

/** FNV-1a, and murmur3's last step: without it names that differ in their last letters only get neighbouring weights. */
function weightOf(member: string, partition: number): number {
  let weight = partitionOf(`${partition}:${member}`, 2 ** 32);
  weight = Math.imul(weight ^ (weight >>> 16), 0x85ebca6b);
  weight = Math.imul(weight ^ (weight >>> 13), 0xc2b2ae35);
  return (weight ^ (weight >>> 16)) >>> 0;
}

/**
 * For each partition the member with the highest weight that still has room, so that nobody gets more than
 * ceil(partitions / members), and few partitions move when a member comes or goes.
 * @returns by partition; empty when there are no members
 */
export function assignPartitions(members: Iterable<string>, partitionCount: number): readonly string[] {
  const sorted = [...members].sort();
  const question = `${partitionCount} ${sorted.join(' ')}`;
  if (last?.question !== question) last = { question, answer: assign(sorted, partitionCount) };
  return last.answer;
}

/** Asked again with every word from the bucket, and the members hardly ever change. */
let last: { question: string; answer: readonly string[] } | undefined;

function assign(sorted: readonly string[], partitionCount: number): readonly string[] {
  if (sorted.length === 0) return [];
  const room = new Map(sorted.map((member) => [member, Math.ceil(partitionCount / sorted.length)]));
  return Array.from({ length: partitionCount }, (_, partition) => {
    let chosen: string | undefined;
    let highest = -1;
    for (const member of sorted) {
      const weight = weightOf(member, partition);
      if (weight <= highest || (room.get(member) ?? 0) === 0) continue;
      chosen = member;
      highest = weight;
    }
    if (chosen === undefined) throw new Error('the members have less room than there are partitions');
    room.set(chosen, (room.get(chosen) ?? 0) - 1);
    return chosen;
  });
}
