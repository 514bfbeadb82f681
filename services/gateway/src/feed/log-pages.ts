/** The log as followers read it who come back: each stretch of an account's once, however many come back at the same moment. */
import type { Clock } from '@wam/service-kit';
import type { EventReader } from '@wam/service-kit/nats';
import type { FeedEntry, MakeEntry } from './feed-entry.ts';
import { sizeOf } from './recent-entries.ts';
import type { Slots } from './slots.ts';
import type { TenantFeed } from './tenant-feed.ts';

export interface LogPage {
  entries: readonly FeedEntry[];
  /** Everything behind the position asked for has been read up to here. */
  readTo: number;
  /** Whether that was the end of the log. */
  atEnd: boolean;
}
type FeedToRead = Pick<TenantFeed, 'tenant' | 'tag'>;
export interface LogPages {
  /** @throws when the log cannot be read */
  after(feed: FeedToRead, position: number): Promise<LogPage>;
}
export interface LogPagesDeps {
  feeds: { read(tenant: string, afterSeq: number): Promise<EventReader> };
  make: MakeEntry;
  /** Bounds how many readers are open at once. */
  resumes: Slots;
  clock: Pick<Clock, 'setTimeout'>;
}

const mostEvents = 200;
/** Large events come fewer at a time. */
const pageBytes = 128 * 1024;
/** After a gateway was killed all clients of an account come back within seconds, most of them from about the same place. */
const keptBytes = 512 * 1024;
const keptMs = 2_000;
/** A reader whose next page nobody wants gives back its place and its consumer on the bus. */
const restMs = 100;

export function createLogPages(deps: LogPagesDeps): LogPages {
  const logs = new WeakMap<FeedToRead, (position: number) => Promise<LogPage>>();
  return {
    after(feed, position) {
      let pageAfter = logs.get(feed);
      if (pageAfter === undefined) {
        pageAfter = shareLog(feed, deps);
        logs.set(feed, pageAfter);
      }
      return pageAfter(position);
    },
  };
}

interface OpenReader {
  next: EventReader['next'];
  close(): void;
}

function shareLog(feed: FeedToRead, { feeds, make, resumes, clock }: LogPagesDeps) {
  const kept: { from: number; page: LogPage; bytes: number }[] = [];
  const underWay = new Map<number, Promise<LogPage>>();
  /** By where they go on. */
  const resting = new Map<number, { reader: OpenReader; timer: { cancel(): void } }>();
  let bytesKept = 0;
  let eventsAtOnce = mostEvents;
  let forgetting: { cancel(): void } | undefined;

  async function open(position: number): Promise<OpenReader> {
    await using opening = new AsyncDisposableStack();
    opening.use(await resumes.take());
    const reader = opening.use(await feeds.read(feed.tenant, position));
    const opened = opening.move();
    return { next: (limit) => reader.next(limit), close: () => void opened.disposeAsync() };
  }
  function wake(position: number): OpenReader | undefined {
    const found = resting.get(position);
    resting.delete(position);
    found?.timer.cancel();
    return found?.reader;
  }
  function rest(position: number, reader: OpenReader): void {
    wake(position)?.close();
    const timer = clock.setTimeout(() => wake(position)?.close(), restMs);
    resting.set(position, { reader, timer });
  }
  function keep(from: number, page: LogPage): void {
    const bytes = page.entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
    eventsAtOnce = Math.max(1, Math.min(mostEvents, 2 * eventsAtOnce, fitting(page.entries.length, bytes)));
    kept.push({ from, page, bytes });
    bytesKept += bytes;
    while (bytesKept > keptBytes) bytesKept -= kept.shift()!.bytes;
    forgetting?.cancel();
    forgetting = clock.setTimeout(() => {
      kept.length = 0;
      bytesKept = 0;
    }, keptMs);
  }
  async function read(position: number): Promise<LogPage> {
    const reader = wake(position) ?? (await open(position));
    try {
      const { events, readTo, atEnd } = await reader.next(eventsAtOnce);
      const entries: FeedEntry[] = [];
      for (const stored of events) {
        const made = make(feed.tag, stored);
        // Nearly all are made at once; to wait for each costs as much as to send it.
        const entry = made instanceof Promise ? await made : made;
        if (entry !== undefined) entries.push(entry);
      }
      const page = { entries, readTo: Math.max(position, readTo), atEnd };
      keep(position, page);
      if (atEnd) reader.close();
      else rest(page.readTo, reader);
      return page;
    } catch (error) {
      reader.close();
      throw error;
    }
  }
  return async (position: number): Promise<LogPage> => {
    const found = kept.find(({ from, page }) => from <= position && position < page.readTo)?.page;
    if (found !== undefined) return { ...found, entries: found.entries.filter(({ seq }) => seq > position) };
    let reading = underWay.get(position);
    if (reading === undefined) {
      reading = read(position).finally(() => underWay.delete(position));
      underWay.set(position, reading);
    }
    return reading;
  };
}

const fitting = (events: number, bytes: number): number =>
  bytes === 0 ? mostEvents : Math.floor((events * pageBytes) / bytes);
