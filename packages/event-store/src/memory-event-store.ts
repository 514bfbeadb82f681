import { type EventStore, SequenceConflict, type StoredEvent } from './event-store.ts';

/** For specs of what uses a store. One behaviour suite (`features.ts`) holds it and JetStream to the same rules. */
export function createMemoryEventStore(): EventStore {
  const bySubject = new Map<string, StoredEvent[]>();
  const sequenceById = new Map<string, number>();
  let logSequence = 0;

  return {
    async append(subject, events, options) {
      const stored = bySubject.get(subject) ?? [];
      bySubject.set(subject, stored);
      const { expectedSequence } = options;
      let expected = expectedSequence === 'any' ? undefined : expectedSequence;
      const sequences: number[] = [];
      for (const event of events) {
        let seq = sequenceById.get(event.id);
        if (seq === undefined) {
          if (expected !== undefined && expected !== (stored.at(-1)?.seq ?? 0))
            throw new SequenceConflict(subject, expected, sequences.length);
          seq = ++logSequence;
          // A copy through JSON: what a caller changes afterwards, or what JSON cannot carry, is not in a log either.
          stored.push({ seq, event: JSON.parse(JSON.stringify(event)) });
          sequenceById.set(event.id, seq);
        }
        sequences.push(seq);
        if (expectedSequence !== 'any') expected = seq;
      }
      return { sequences, lastSequence: sequences.at(-1) ?? expected ?? 0 };
    },
    async read(subject, afterSequence = 0) {
      const events = (bySubject.get(subject) ?? []).filter(({ seq }) => seq > afterSequence);
      return { events: structuredClone(events), lastSequence: events.at(-1)?.seq ?? afterSequence };
    },
  };
}
