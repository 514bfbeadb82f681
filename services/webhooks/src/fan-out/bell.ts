/** What somebody waits for, but not for ever. A ring that nobody waits for is not kept: whoever waits has looked before. */
export interface Bell {
  ring(): void;
  /** Resolves to true when it rings, to false after that time. */
  within(timeoutMs: number): Promise<boolean>;
}

export function createBell(): Bell {
  let onRing = (): void => {};
  return {
    ring: () => onRing(),
    within(timeoutMs) {
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const timer = setTimeout(resolve, timeoutMs, false);
      onRing = () => {
        clearTimeout(timer);
        resolve(true);
      };
      return promise;
    },
  };
}
