/** A serial queue of tasks: one at a time, in order. A task that fails does not stop the ones behind it. */
export interface Mailbox {
  /** False when the mailbox is full or closed; the task will not run. */
  post(task: () => Promise<void>): boolean;
  /** No further tasks; resolves when those accepted have run. */
  close(): Promise<void>;
  readonly size: number;
}

export interface MailboxOptions {
  capacity: number;
  onError(error: unknown): void;
}

export function createMailbox({ capacity, onError }: MailboxOptions): Mailbox {
  const tasks: (() => Promise<void>)[] = [];
  let running = false;
  let closed = false;
  let onIdle: (() => void)[] = [];

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
    const waiters = onIdle;
    onIdle = [];
    for (const resolve of waiters) resolve();
  };

  return {
    post(task) {
      if (closed || tasks.length >= capacity) return false;
      tasks.push(task);
      // run() handles every failure itself.
      if (!running) void run();
      return true;
    },
    async close() {
      closed = true;
      if (running) await new Promise<void>((resolve) => onIdle.push(resolve));
    },
    get size() {
      return tasks.length;
    },
  };
}
