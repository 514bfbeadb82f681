import { setTimeout as delay } from 'node:timers/promises';

export type EventuallyOptions = {
  /** How long the assertion may keep failing. Default 30 s: generous, because it costs only failing tests, and a machine may be busy with ten others. */
  readonly timeoutMs?: number;
  /** Pause between two attempts. Default 20 ms. */
  readonly intervalMs?: number;
};

/**
 * Runs `assertion` again and again until it no longer throws, and returns what it returned.
 *
 * @throws the assertion's last error when the time is over.
 */
export async function eventually<T>(assertion: () => T | Promise<T>, options: EventuallyOptions = {}): Promise<T> {
  const { timeoutMs = 30_000, intervalMs = 20 } = options;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await assertion();
    } catch (error) {
      if (performance.now() >= deadline) throw error;
      await delay(intervalMs);
    }
  }
}
