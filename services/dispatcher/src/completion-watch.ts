/** Tells requests of this process that a campaign is complete. A hint that saves waiting; the table is the truth. */
export interface CompletionWatch {
  completed(campaignIds: readonly string[]): void;
  /** Calls once, unless cancelled before. */
  onCompleted(campaignId: string, listener: () => void): { cancel(): void };
}

export function createCompletionWatch(): CompletionWatch {
  const listeners = new Map<string, Set<() => void>>();
  return {
    completed(campaignIds) {
      for (const campaignId of campaignIds) {
        const waiting = listeners.get(campaignId);
        listeners.delete(campaignId);
        for (const listener of waiting ?? []) listener();
      }
    },
    onCompleted(campaignId, listener) {
      const waiting = listeners.get(campaignId) ?? new Set();
      listeners.set(campaignId, waiting.add(listener));
      return {
        cancel() {
          waiting.delete(listener);
          if (waiting.size === 0 && listeners.get(campaignId) === waiting) listeners.delete(campaignId);
        },
      };
    },
  };
}
