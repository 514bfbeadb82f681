import { createTestDatabase, type TestDatabase } from '@wam/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  copyLine,
  copyLines,
  createDatabase,
  insertRows,
  inTransaction,
  isSerializationFailure,
  isUniqueViolation,
  type Kysely,
  type Migration,
  migrate,
  pingDatabase,
  sql,
  unnestRows,
} from './index.ts';

interface Tables {
  thing: {
    id: number;
    name: string | null;
    big: number;
    at: Date | string | null;
    day: string | null;
    payload: unknown;
    raw: Buffer | null;
    flag: boolean | null;
  };
}
let database: TestDatabase;
let db: Kysely<Tables>;

const createThing: Migration = {
  async up(schema) {
    await sql`create table thing (
      id int primary key, name text constraint thing_name_key unique, big int8 not null default 0,
      at timestamptz, day date, payload jsonb, raw bytea, flag boolean
    )`.execute(schema);
  },
};
const open = (schema: string, max = 4) =>
  createDatabase<Tables>({ url: database.url, schema, applicationName: 'spec', max, statementTimeoutMs: 5_000 });

beforeAll(async () => {
  database = await createTestDatabase();
  db = open('one');
  await migrate(db, { schema: 'one', migrations: { '0001-create-thing': createThing } });
});
afterAll(async () => {
  await db?.destroy();
  await database?.drop();
});
beforeEach(async () => {
  await sql`truncate one.thing`.execute(db);
});

describe('migrations', () => {
  test('run inside a transaction too, and are undone with it', async () => {
    await using other = open('within');
    await sql`create schema within`.execute(other);
    const undone = other.transaction().execute(async (transaction) => {
      expect(
        await migrate<Tables>(transaction, { schema: 'within', migrations: { '0001-create-thing': createThing } }),
      ).toEqual(['0001-create-thing']);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    const { rows } = await sql<{ found: boolean }>`select to_regclass('within.thing') is not null as found`.execute(
      other,
    );
    expect(rows).toEqual([{ found: false }]);
  });

  test('may take longer than any other statement, and who waits for its turn waits', async () => {
    const impatient = () =>
      createDatabase({ url: database.url, schema: 'slow', applicationName: 'spec', max: 1, statementTimeoutMs: 1_000 });
    const processes = [impatient(), impatient()];
    const slow: Migration = { up: async (schema) => void (await sql`select pg_sleep(1.5)`.execute(schema)) };
    const migrations = { '0001-slow': slow };
    const ran = await Promise.all(processes.map((each) => migrate(each, { schema: 'slow', migrations })));
    expect(ran.flat()).toEqual(['0001-slow']);
    for (const each of processes) {
      await expect(sql`select pg_sleep(30)`.execute(each)).rejects.toThrow(/statement timeout/);
      await each.destroy();
    }
  });

  test('run once, in order, also when processes start together', async () => {
    const order: string[] = [];
    const step = (name: string): Migration => ({
      async up() {
        order.push(name);
      },
    });
    const migrations = { '0002-b': step('b'), '0001-a': step('a') };
    const processes = [open('together'), open('together'), open('together')];
    const ran = await Promise.all(processes.map((each) => migrate(each, { schema: 'together', migrations })));
    expect(ran.flat()).toEqual(['0001-a', '0002-b']);
    expect(order).toEqual(['a', 'b']);
    await Promise.all(processes.map((each) => each.destroy()));
  });

  test('of a later release do not keep the one before from its tables, unless they took something away', async () => {
    const added: Migration = {
      async up(schema) {
        await sql`alter table thing add column added text`.execute(schema);
      },
    };
    const before = { '0001-create-thing': createThing };
    await using later = open('later');
    await migrate(later, { schema: 'later', migrations: { ...before, '0002-add': added } });
    expect(await migrate(later, { schema: 'later', migrations: before })).toEqual([]);
    await later
      .insertInto('thing')
      .values({ id: 1, name: 'of the release before', big: 1 } as never)
      .execute();
    expect(await migrate(later, { schema: 'later', migrations: { ...before, '0002-add': added } })).toEqual([]);
    const contract: Migration = {
      async up(schema) {
        await sql`alter table thing drop column flag`.execute(schema);
      },
    };
    const next = { ...before, '0002-add': added, '0003-contract-drop-flag': contract };
    expect(await migrate(later, { schema: 'later', migrations: next })).toEqual(['0003-contract-drop-flag']);
    await expect(migrate(later, { schema: 'later', migrations: before })).rejects.toThrow(
      'schema later is of a later release that this one cannot run on (0003-contract-drop-flag)',
    );
  });

  test('of one schema do not see those of another, nor its tables', async () => {
    const other = open('other');
    expect(await migrate(other, { schema: 'other', migrations: { '0001-create-thing': createThing } })).toEqual([
      '0001-create-thing',
    ]);
    await db
      .insertInto('thing')
      .values({ id: 1, big: 0 } as never)
      .execute();
    expect(await other.selectFrom('thing').selectAll().execute()).toEqual([]);
    await other.destroy();
  });

  test('that fail leave nothing behind and say which one it was', async () => {
    const failing = open('failing');
    const migrations: Record<string, Migration> = {
      '0001-create-thing': createThing,
      '0002-broken': { up: (schema) => sql`select nonsense`.execute(schema).then(() => undefined) },
    };
    await expect(migrate(failing, { schema: 'failing', migrations })).rejects.toThrow(/failing failed at 0002-broken/);
    const tables = await sql`select 1 from pg_tables where schemaname = 'failing' and tablename = 'thing'`.execute(db);
    expect(tables.rows).toEqual([]);
    await failing.destroy();
  });
});

describe('values', () => {
  test('int8 is a number, date a day, timestamptz a Date', async () => {
    const { rows } = await sql`select 9007199254740991::int8 as big, count(*) as n, date '2026-03-29' as day,
      timestamptz '2026-01-01T00:00:00Z' as at, array[1, 2]::int8[] as list from one.thing`.execute(db);
    expect(rows).toEqual([
      { big: Number.MAX_SAFE_INTEGER, n: 0, day: '2026-03-29', at: new Date('2026-01-01'), list: [1, 2] },
    ]);
  });

  test('an int8 that a number cannot hold fails instead of being rounded', async () => {
    await expect(sql`select 9007199254740993::int8 as big`.execute(db)).rejects.toThrow(RangeError);
  });
});

describe('batches', () => {
  test('carry every column type, nulls, and texts with any characters', async () => {
    const at = new Date('2026-01-01T10:00:00.000Z');
    const name = 'a "quoted", {braced} \\ text\nwith NULL and äöü 日本';
    const rows = [
      {
        id: 1,
        name,
        big: 2 ** 40,
        at,
        day: '2026-02-28',
        payload: { a: [1, 'x"y'] },
        raw: Buffer.of(0, 255),
        flag: true,
      },
      { id: 2, name: null, big: 0, at: null, day: null, payload: null, raw: null, flag: null },
      { id: 3, name: 'NULL', big: 1, at, day: null, payload: 'text', raw: Buffer.alloc(0), flag: false },
    ];
    const columns = {
      id: 'int4',
      name: 'text',
      big: 'int8',
      at: 'timestamptz',
      day: 'date',
      payload: 'jsonb',
      raw: 'bytea',
      flag: 'bool',
    } as const;
    expect(await insertRows(db, { table: 'thing', columns, rows })).toBe(3);
    expect(await db.selectFrom('thing').selectAll().orderBy('id').execute()).toEqual(rows);
    expect(await insertRows(db, { table: 'thing', columns, rows: [] })).toBe(0);
  });

  test.for([[''], ['', ''], [null], ['a', '', null, 'b'], ['\u0001', 'b'], ['\u0002', null]])(
    'tell an empty text from none, and keep control characters: %j',
    async (names) => {
      const { rows } = await sql<{ name: string | null }>`
        select r.name from ${unnestRows(
          { name: 'text' },
          names.map((name) => ({ name })),
          'r',
        )}`.execute(db);
      expect(rows.map(({ name }) => name)).toEqual(names);
    },
  );

  test('of thousands of rows are one statement, and conflicts can be decided', async () => {
    const rows = Array.from({ length: 5_000 }, (_, id) => ({ id, big: id }));
    const columns = { id: 'int4', big: 'int8' } as const;
    expect(await insertRows(db, { table: 'thing', columns, rows })).toBe(5_000);
    const onConflict = sql`on conflict (id) do update set big = thing.big + 1 where thing.id < 10`;
    expect(await insertRows(db, { table: 'thing', columns, rows, onConflict })).toBe(10);
  });

  test('can stand in a from clause', async () => {
    const { rows } =
      await sql`select sum(r.n) as sum from ${unnestRows({ n: 'int4' }, [{ n: 1 }, { n: 2 }], 'r')}`.execute(db);
    expect(rows).toEqual([{ sum: 3 }]);
  });
});

describe('COPY from memory', () => {
  test('keeps every text as it is, and tells an empty one from none', async () => {
    const names = ['', null, 'a\tb', 'a\nb', '\r\n', '\\N', '\\.', 'c:\\new\\table', '"q"', ' é😀 ', '\u0001'];
    const lines = names.map((name, id) => copyLine([id, name, '2024-01-08T00:00:00.000Z', '{"a":"\\\\\\n"}']));
    await copyLines(db, { table: 'thing', columns: ['id', 'name', 'at', 'payload'] }, lines);
    const rows = await db.selectFrom('thing').select(['name', 'at', 'payload']).orderBy('id').execute();
    expect(rows).toEqual(
      names.map((name) => ({ name, at: new Date('2024-01-08T00:00:00.000Z'), payload: { a: '\\\n' } })),
    );
    await copyLines(db, { table: 'thing', columns: ['id'] }, []);
  });

  test('belongs to the transaction it is in, and its connection goes on after a failure', async () => {
    const target = { table: 'thing', columns: ['id'] };
    const failing = inTransaction(db, async (trx) => {
      await copyLines(trx, target, [copyLine([1]), copyLine([2])]);
      await copyLines(trx, target, [copyLine([3]), copyLine([1])]);
    });
    const error: unknown = await failing.catch((caught: unknown) => caught);
    expect(isUniqueViolation(error, 'thing_pkey')).toBe(true);
    expect(await db.selectFrom('thing').selectAll().execute()).toEqual([]);
    await copyLines(db, target, [copyLine([1])]);
    expect(await db.selectFrom('thing').select('id').execute()).toEqual([{ id: 1 }]);
  });
});

describe('failures', () => {
  test('a unique violation is told apart by its constraint', async () => {
    const insert = () =>
      db
        .insertInto('thing')
        .values({ id: 1, name: 'x', big: 0 } as never)
        .execute();
    await insert();
    const error: unknown = await insert().catch((caught: unknown) => caught);
    expect(isUniqueViolation(error)).toBe(true);
    expect(isUniqueViolation(error, 'thing_pkey')).toBe(true);
    expect(isUniqueViolation(error, 'thing_name_key')).toBe(false);
    expect(isUniqueViolation(new Error('23505'))).toBe(false);
  });

  test('a transaction that throws leaves nothing', async () => {
    const failing = inTransaction(db, async (trx) => {
      await trx
        .insertInto('thing')
        .values({ id: 1, big: 0 } as never)
        .execute();
      throw new Error('stop');
    });
    await expect(failing).rejects.toThrow('stop');
    expect(await db.selectFrom('thing').selectAll().execute()).toEqual([]);
  });

  test('serialization failures are repeated as often as allowed', async () => {
    await db
      .insertInto('thing')
      .values({ id: 1, big: 0 } as never)
      .execute();
    const increment = (attempts: number) =>
      inTransaction(
        db,
        async (trx) => {
          const { big } = await trx.selectFrom('thing').select('big').where('id', '=', 1).executeTakeFirstOrThrow();
          await trx
            .updateTable('thing')
            .set({ big: big + 1 })
            .where('id', '=', 1)
            .execute();
        },
        { isolationLevel: 'serializable', attempts },
      );
    await Promise.all([1, 2, 3, 4].map(() => increment(50)));
    const { big } = await db.selectFrom('thing').select('big').where('id', '=', 1).executeTakeFirstOrThrow();
    expect(big).toBe(4);
    const outcomes = await Promise.allSettled([1, 2, 3, 4].map(() => increment(1)));
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(isSerializationFailure(outcome.reason)).toBe(true);
  });

  test('a database that is gone is not ready, one that answers is', async () => {
    expect(await pingDatabase(db)).toBe(true);
    const gone = createDatabase({ url: 'postgres://nobody@127.0.0.1:1/none', schema: 'x', applicationName: 'spec' });
    expect(await pingDatabase(gone, 1_000)).toBe(false);
    await gone.destroy();
  });

  test('a statement that runs too long is cancelled', async () => {
    const impatient = createDatabase({
      url: database.url,
      schema: 'one',
      applicationName: 'spec',
      statementTimeoutMs: 50,
    });
    await expect(sql`select pg_sleep(30)`.execute(impatient)).rejects.toThrow(/statement timeout/);
    await impatient.destroy();
  });

  test("that the server refuses before it has begun fails as any statement does: the rows behind it are nobody's", async () => {
    const line = `${'x'.repeat(1_000)}\n`;
    const lines = Array.from({ length: 5_000 }, () => line);
    await db.connection().execute(async (connection) => {
      await expect(copyLines(connection, { table: 'no_such_table', columns: ['id'] }, lines)).rejects.toThrow(
        /no_such_table/,
      );
      await copyLines(connection, { table: 'thing', columns: ['id'] }, [copyLine([1])]);
    });
    expect(await db.selectFrom('thing').select('id').execute()).toEqual([{ id: 1 }]);
  });
});
