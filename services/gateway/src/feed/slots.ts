/** So many at once; who comes later waits its turn. */
export interface Slots {
  /** Dispose it to give it back. */
  take(): Promise<AsyncDisposable>;
}

export function createSlots(count: number): Slots {
  let free = count;
  const waiting: (() => void)[] = [];
  const slot = (): AsyncDisposable => {
    let held = true;
    return {
      async [Symbol.asyncDispose]() {
        if (!held) return;
        held = false;
        const next = waiting.shift();
        if (next === undefined) free += 1;
        else next();
      },
    };
  };
  return {
    async take() {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      return slot();
    },
  };
}
