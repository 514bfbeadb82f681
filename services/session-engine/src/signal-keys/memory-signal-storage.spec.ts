import { describe } from 'vitest';
import { createMemorySignalStorage } from './memory-signal-storage.ts';
import { specifySignalStorage } from './signal-storage-behaviour.ts';

describe('Signal storage in memory', () => {
  specifySignalStorage(() => {
    const storage = createMemorySignalStorage();
    return {
      storage,
      claim: async (sessionId, epoch) => storage.claim(sessionId, epoch),
      eventsOf: async (sessionId) => storage.eventsOf(sessionId),
      credsOf: async (sessionId) => storage.credsOf(sessionId),
    };
  });
});
