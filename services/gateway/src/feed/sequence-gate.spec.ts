import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSequenceGate } from './sequence-gate.ts';

const copy = (subject: string, seq: number, lastSeq: number) => ({ subject, seq, lastSeq });

test('a copy is next when the one before it on its subject was passed or is older than the start', () => {
  const gate = createSequenceGate(10);
  expect(gate.judge(copy('a', 11, 7))).toBe('next');
  gate.pass('a', 11);
  expect(gate.judge(copy('b', 12, 0))).toBe('next');
  expect(gate.judge(copy('a', 15, 11))).toBe('next');
});

test('a copy was seen when it, or one behind it on its subject, was passed', () => {
  const gate = createSequenceGate(10);
  expect(gate.judge(copy('a', 10, 9))).toBe('seen');
  gate.pass('a', 14);
  expect(gate.judge(copy('a', 14, 12))).toBe('seen');
  expect(gate.judge(copy('a', 12, 11))).toBe('seen');
});

test('a copy whose predecessor never came shows a gap, also where other subjects went on meanwhile', () => {
  const gate = createSequenceGate(10);
  gate.pass('a', 11);
  gate.pass('b', 20);
  expect(gate.judge(copy('a', 21, 15))).toBe('gap');
  expect(gate.lastOf('a')).toBe(11);
});

test('whatever copies are lost, none is passed over: reading the subject of a gap again gives every event once, in order per subject', () => {
  const events = fc.array(fc.record({ subject: fc.constantFrom('a', 'b', 'c'), lost: fc.boolean() }), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(events, (planned) => {
      const lastSeqs = new Map<string, number>();
      const log = planned.map(({ subject, lost }, index) => {
        const entry = { subject, seq: index + 1, lastSeq: lastSeqs.get(subject) ?? 0, lost };
        lastSeqs.set(subject, entry.seq);
        return entry;
      });
      const gate = createSequenceGate(0);
      const passed: { subject: string; seq: number }[] = [];
      const pass = ({ subject, seq }: { subject: string; seq: number }) => {
        gate.pass(subject, seq);
        passed.push({ subject, seq });
      };
      const read = (wanted: (entry: (typeof log)[number]) => boolean) => {
        for (const entry of log) if (wanted(entry) && gate.isNew(entry.subject, entry.seq)) pass(entry);
      };
      for (const entry of log) {
        if (entry.lost) continue;
        const verdict = gate.judge(entry);
        if (verdict === 'next') pass(entry);
        else if (verdict === 'gap') read(({ subject, seq }) => subject === entry.subject && seq <= entry.seq);
      }
      read(() => true);
      expect(passed.map(({ seq }) => seq).toSorted((a, b) => a - b)).toEqual(log.map(({ seq }) => seq));
      for (const subject of ['a', 'b', 'c']) {
        const own = passed.filter((each) => each.subject === subject).map(({ seq }) => seq);
        expect(own).toEqual(own.toSorted((a, b) => a - b));
      }
    }),
  );
});
