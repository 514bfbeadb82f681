/** At most so many logins at once: 100 of them block the event loop for 2 s (protocol reference, section 8). */
export interface LoginLimiter {
  /** Resolves when it is this login's turn; call the result when it is through, once or more often. */
  acquire(): Promise<() => void>;
}

export function createLoginLimiter(concurrency: number): LoginLimiter {
  let running = 0;
  const waiting: (() => void)[] = [];
  const slot = (): (() => void) => {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      running -= 1;
      waiting.shift()?.();
    };
  };
  return {
    async acquire() {
      if (running >= concurrency) await new Promise<void>((resolve) => waiting.push(resolve));
      running += 1;
      return slot();
    },
  };
}
