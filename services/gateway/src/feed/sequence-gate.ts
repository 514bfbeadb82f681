/**
 * Decides over live copies, which come in order per subject and may be lost: which is next, which was seen, where one is missing. A gap
 * is filled by reading its subject, and no other, from behind `lastOf`: another subject may lack an earlier copy that nobody knows of yet. Pure.
 */
export interface SequenceGate {
  judge(copy: { subject: string; seq: number; lastSeq: number }): 'next' | 'seen' | 'gap';
  /** Whether an event, from wherever, has not been passed yet. */
  isNew(subject: string, seq: number): boolean;
  pass(subject: string, seq: number): void;
  /** Last sequence passed on the subject. */
  lastOf(subject: string): number;
}

/** 100 B each. Beyond it, all is taken for passed up to the highest sequence: a copy lost at that very moment is found by `verify` only. */
const maxSubjects = 10_000;

/** @param startSeq everything up to it is known, or of no interest */
export function createSequenceGate(startSeq: number): SequenceGate {
  const lastBySubject = new Map<string, number>();
  let floor = startSeq;
  let highest = startSeq;
  const lastOf = (subject: string): number => lastBySubject.get(subject) ?? floor;
  return {
    judge({ subject, seq, lastSeq }) {
      const known = lastOf(subject);
      if (seq <= known) return 'seen';
      return lastSeq > known ? 'gap' : 'next';
    },
    isNew: (subject, seq) => seq > lastOf(subject),
    pass(subject, seq) {
      highest = Math.max(highest, seq);
      lastBySubject.set(subject, seq);
      if (lastBySubject.size <= maxSubjects) return;
      floor = highest;
      lastBySubject.clear();
    },
    lastOf,
  };
}
