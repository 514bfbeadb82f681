import { eventStoreFeatures } from './features.ts';
import { createMemoryEventStore } from './memory-event-store.ts';

eventStoreFeatures('memory', async () => createMemoryEventStore());
