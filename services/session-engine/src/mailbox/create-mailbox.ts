/** A serial queue of tasks: one at a time, in order. A task that fails does not stop the ones behind it. */
export interface Mailbox {
  post(task: () => Promise<void>): void;
  /** Tasks that wait; the one that runs does not count. */
  readonly size: number;
}

export function createMailbox({ onError }: { onError(error: unknown): void }): Mailbox {
  const tasks: (() => Promise<void>)[] = [];
  let running = false;

  const run = async (): Promise<void> => {
    running = true;
    for (let task = tasks.shift(); task; task = tasks.shift()) {
      try {
        await task();
      } catch (error) {
        onError(error);
      }
    }
    running = false;
  };

  return {
    post(task) {
      tasks.push(task);
      // run() handles every failure itself.
      if (!running) void run();
    },
    get size() {
      return tasks.length;
    },
  };
}
