import { expect, test } from 'vitest';
import { CheckpointDiverged, verifyCheckpoint } from './checkpoint.ts';

const checkpoint = { incarnation: '2026-01-01T00:00:00Z', seq: 10 };

test('a log that has everything the rows were made of is continued', () => {
  for (const lastSeq of [10, 11, 1_000])
    expect(() => verifyCheckpoint('stats', checkpoint, { incarnation: checkpoint.incarnation, lastSeq })).not.toThrow();
});

test('a log that was recreated is not continued, however long it is', () => {
  expect(() => verifyCheckpoint('stats', checkpoint, { incarnation: '2026-02-02T00:00:00Z', lastSeq: 1_000 })).toThrow(
    CheckpointDiverged,
  );
});

test('a log that lost its tail is not continued', () => {
  expect(() => verifyCheckpoint('stats', checkpoint, { incarnation: checkpoint.incarnation, lastSeq: 9 })).toThrow(
    /lost its tail/,
  );
});
