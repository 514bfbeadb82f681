/** Delayed actions of a running server. They keep no process alive and die with the server. */
export class Timers {
  readonly #pending = new Set<NodeJS.Timeout>();

  /** Runs `action` after `delayMs`; at once, synchronously, when that is 0. */
  after(delayMs: number, action: () => void): void {
    if (delayMs <= 0) {
      action();
      return;
    }
    const timer = setTimeout(() => {
      this.#pending.delete(timer);
      action();
    }, delayMs);
    timer.unref();
    this.#pending.add(timer);
  }

  clear(): void {
    for (const timer of this.#pending) clearTimeout(timer);
    this.#pending.clear();
  }
}
