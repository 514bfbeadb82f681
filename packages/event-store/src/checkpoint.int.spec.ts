import { createDatabase, inTransaction, type Kysely, migrate } from '@wam/service-kit/postgres';
import { createTestDatabase, type TestDatabase } from '@wam/testkit';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  advanceCheckpoint,
  type CheckpointTable,
  createCheckpointTable,
  initialiseCheckpoint,
  readCheckpoint,
} from './checkpoint.ts';

const incarnation = '2026-01-01T00:00:00Z';
let database: TestDatabase;
let db: Kysely<CheckpointTable>;

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase({ url: database.url, schema: 'projecting', applicationName: 'spec' });
  await migrate(db, { schema: 'projecting', migrations: { '0001-create-checkpoint': createCheckpointTable } });
});
afterAll(async () => {
  await db?.destroy();
  await database?.drop();
});
beforeEach(async () => {
  await db.deleteFrom('checkpoint').execute();
});

test('a projection that never ran has no checkpoint; the first start decides where it begins', async () => {
  expect(await readCheckpoint(db, 'stats')).toBeUndefined();
  expect(await initialiseCheckpoint(db, 'stats', { incarnation, seq: 5 })).toEqual({ incarnation, seq: 5 });
  expect(await initialiseCheckpoint(db, 'stats', { incarnation: 'other', seq: 0 })).toEqual({ incarnation, seq: 5 });
});

test('a checkpoint moves with the rows of its transaction, or not at all', async () => {
  await initialiseCheckpoint(db, 'stats', { incarnation, seq: 0 });
  const rolledBack = inTransaction(db, async (trx) => {
    expect(await advanceCheckpoint(trx, 'stats', { incarnation, fromSeq: 0, toSeq: 7 })).toBe('ok');
    throw new Error('rows failed');
  });
  await expect(rolledBack).rejects.toThrow('rows failed');
  expect(await readCheckpoint(db, 'stats')).toEqual({ incarnation, seq: 0 });
  await inTransaction(db, (trx) => advanceCheckpoint(trx, 'stats', { incarnation, fromSeq: 0, toSeq: 7 }));
  expect(await readCheckpoint(db, 'stats')).toEqual({ incarnation, seq: 7 });
});

test('a mover learns what is there when it is not where it read on from', async () => {
  await initialiseCheckpoint(db, 'stats', { incarnation, seq: 10 });
  const advance = (fromSeq: number, toSeq: number, of = incarnation) =>
    advanceCheckpoint(db, 'stats', { incarnation: of, fromSeq, toSeq });
  expect(await advance(5, 10)).toBe('same');
  expect(await advance(5, 8)).toBe('someone-ahead');
  expect(await advance(5, 12)).toBe('someone-ahead');
  expect(await advance(20, 30)).toBe('mismatch');
  expect(await advance(10, 20, 'another log')).toBe('mismatch');
  expect(await advanceCheckpoint(db, 'unknown', { incarnation, fromSeq: 0, toSeq: 1 })).toBe('mismatch');
  expect(await readCheckpoint(db, 'stats')).toEqual({ incarnation, seq: 10 });
});

test('of projectors that read the same batch exactly one counts it', async () => {
  await initialiseCheckpoint(db, 'stats', { incarnation, seq: 0 });
  const results = await Promise.all(
    Array.from({ length: 8 }, () =>
      inTransaction(db, (trx) => advanceCheckpoint(trx, 'stats', { incarnation, fromSeq: 0, toSeq: 100 })),
    ),
  );
  expect(results.filter((result) => result === 'ok')).toHaveLength(1);
  expect(results.filter((result) => result === 'same')).toHaveLength(7);
});
