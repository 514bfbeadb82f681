import type { FeedEntry } from './feed-entry.ts';

/** The last entries of a feed, up to a size. */
export interface RecentEntries {
  add(entry: FeedEntry): void;
  /** Entries behind the sequence; undefined when some of them are not kept any more. */
  since(seq: number): readonly FeedEntry[] | undefined;
}

/** Per account with followers. Holds about 800 message events: most who come back were away for less. */
const maxBytes = 256 * 1024;
const maxEntries = 1_000;

/** @param startSeq nothing up to it will be asked for from here */
export function createRecentEntries(startSeq: number): RecentEntries {
  let entries: FeedEntry[] = [];
  let first = 0;
  let bytes = 0;
  let floor = startSeq;
  return {
    add(entry) {
      entries.push(entry);
      bytes += sizeOf(entry);
      while (entries.length - first > maxEntries || (bytes > maxBytes && entries.length > first)) {
        const oldest = entries[first++]!;
        bytes -= sizeOf(oldest);
        floor = oldest.seq;
      }
      if (first > maxEntries) {
        entries = entries.slice(first);
        first = 0;
      }
    },
    since(seq) {
      if (seq < floor) return undefined;
      let from = entries.length;
      while (from > first && entries[from - 1]!.seq > seq) from -= 1;
      return entries.slice(from);
    },
  };
}

/** Characters; close enough to bytes for a bound. */
export const sizeOf = (entry: FeedEntry): number => entry.text().length + (entry.forManagers?.text().length ?? 0);
