/** At most so many logins at once: 100 of them block the event loop for 2 s (protocol reference, section 8). */
export interface LoginLimiter {
  /** Resolves when it is this login's turn; call the result when it is through, once or more often. */
  acquire(): Promise<() => void>;
}

export function createLoginLimiter(concurrency: number): LoginLimiter {
  let free = concurrency;
  const waiting: (() => void)[] = [];
  const place = (): (() => void) => {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    };
  };
  return {
    async acquire() {
      // Whoever waits gets the place of who leaves: it never is free in between.
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      return place();
    },
  };
}
