/** Group commit: while one batch is being written, the next one collects. One batch is in flight at a time, order is kept. */
export interface Batcher<T> {
  add(item: T): void;
  /** Resolves when everything added so far has been handled, whatever is added meanwhile. */
  idle(): Promise<void>;
}

export interface BatcherOptions<T> {
  maxSize: number;
  /** Collect for this long before writing when nothing is in flight; 0 writes on the next turn of the event loop. */
  lingerMs: number;
  /** Must handle its own failures; what it throws is reported and the batch counts as done. */
  write(items: T[]): Promise<void>;
  onError(error: unknown): void;
}

export function createBatcher<T>({ maxSize, lingerMs, write, onError }: BatcherOptions<T>): Batcher<T> {
  let queue: T[] = [];
  let running = false;
  let added = 0;
  let handled = 0;
  let waiting: { count: number; resolve: () => void }[] = [];

  const run = async (): Promise<void> => {
    while (queue.length > 0) {
      const batch = queue.length <= maxSize ? queue : queue.slice(0, maxSize);
      queue = queue.length <= maxSize ? [] : queue.slice(maxSize);
      try {
        await write(batch);
      } catch (error) {
        onError(error);
      }
      handled += batch.length;
      for (const { count, resolve } of waiting) if (count <= handled) resolve();
      waiting = waiting.filter(({ count }) => count > handled);
    }
    running = false;
  };
  const start = (): void => {
    // run() handles every failure itself.
    void run();
  };

  return {
    add(item) {
      queue.push(item);
      added += 1;
      if (running) return;
      running = true;
      if (lingerMs === 0) setImmediate(start);
      else setTimeout(start, lingerMs);
    },
    idle: () => {
      if (handled === added) return Promise.resolve();
      return new Promise((resolve) => waiting.push({ count: added, resolve }));
    },
  };
}
