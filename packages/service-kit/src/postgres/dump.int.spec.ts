import { Writable } from 'node:stream';
import { createTestDatabase, type TestDatabase } from '@wam/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSealer } from '../sealing.ts';
import { type DumpedTable, dumpSchemas } from './dump.ts';
import { createDatabase, inTransaction, type Kysely, type Migration, migrate, sql } from './index.ts';
import { loadDump, tablesIn } from './load-dump.ts';

const schema = 'kept';
const migrations: Record<string, Migration> = {
  '0001-create': {
    async up(db) {
      await sql`create table parent (id bigint generated always as identity primary key, name text not null,
        upper_name text generated always as (upper(name)) stored)`.execute(db);
      await sql`create table child (parent_id bigint not null references parent, n serial, "odd ""name" text)`.execute(
        db,
      );
      await sql`create table value (place int primary key, text text, bytes bytea, json jsonb, plain json, real float8,
        exact numeric, at timestamptz, local timestamp, day date, span interval, list text[], flag boolean)`.execute(
        db,
      );
      await sql`create table log (at date not null, note text) partition by range (at)`.execute(db);
      await sql`create table log_2026_11 partition of log for values from ('2026-11-01') to ('2026-12-01')`.execute(db);
      await sql`create sequence unused`.execute(db);
    },
  },
  '0002-later': {
    async up(db) {
      await sql`alter table parent add column later text not null default 'new'`.execute(db);
    },
  },
};
const { '0001-create': first } = migrations;
const sealer = createSealer({ kek: Buffer.alloc(32, 1) });

let source: TestDatabase;
let db: Kysely<unknown>;
const open = (url: string): Kysely<unknown> => createDatabase({ url, schema, applicationName: 'spec', max: 2 });

beforeAll(async () => {
  source = await createTestDatabase();
  const name = sql.id(new URL(source.url).pathname.slice(1));
  db = open(source.url);
  // Settings of a database that change how it writes values down.
  for (const setting of [sql`datestyle = 'SQL, DMY'`, sql`intervalstyle = 'sql_standard'`, sql`extra_float_digits = 0`])
    await sql`alter database ${name} set ${setting}`.execute(db);
  for (const setting of [sql`bytea_output = 'escape'`, sql`timezone = 'Asia/Kolkata'`])
    await sql`alter database ${name} set ${setting}`.execute(db);
  await db.destroy();
  db = open(source.url);
  await migrate(db, { schema, migrations: { '0001-create': first! } });
});
afterAll(async () => {
  await db?.destroy();
  await source?.drop();
});

type Pieces = Map<string, Buffer>;
async function dump(url: string, onSnapshot = () => Promise.resolve()) {
  const pieces: Pieces = new Map();
  const taken = await dumpSchemas({
    url,
    applicationName: 'spec',
    schemas: ['never_used', schema],
    onSnapshot,
    open({ table }) {
      const held: Buffer[] = [];
      const stream = new Writable({
        write(piece: Buffer, _encoding, done) {
          held.push(piece);
          done();
        },
      });
      const written = new Promise<void>((resolve, reject) => {
        stream.once('error', reject);
        stream.once('close', resolve);
        stream.once('finish', () => pieces.set(table, Buffer.concat(held)));
      });
      return { stream, written };
    },
  });
  return { taken, pieces };
}
/** In pieces that end in the middle of lines and of letters. */
async function* inPieces(bytes: Buffer, size = 7): AsyncGenerator<Buffer> {
  const step = Math.max(size, Math.ceil(bytes.length / 1_000));
  for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step);
}
async function load(
  target: Kysely<unknown>,
  { taken, pieces }: Awaited<ReturnType<typeof dump>>,
  linesOf = ({ table }: DumpedTable): AsyncIterable<Buffer> => inPieces(pieces.get(table)!),
): Promise<void> {
  await inTransaction(target, (trx) =>
    loadDump(trx, { dump: taken, migrations: new Map([[schema, migrations]]), sealer, linesOf }),
  );
}
/** Every row as the server itself compares it, and not as anything between prints it. */
const contentOf = async (of: Kysely<unknown>, table: string): Promise<string[]> => {
  await sql`select set_config('datestyle', 'ISO', false), set_config('extra_float_digits', '3', false),
    set_config('bytea_output', 'hex', false), set_config('intervalstyle', 'postgres', false), set_config('timezone', 'UTC', false)`.execute(
    of,
  );
  const { rows } = await sql<{ row: string }>`select t::text as row from ${sql.id(schema, table)} t order by 1`.execute(
    of,
  );
  return rows.map(({ row }) => row);
};

const large = 6 * 1024 * 1024;

describe('a dump', () => {
  test('brings back every value as it was, whatever the settings of the database it comes from', async () => {
    await sql`insert into parent (name) values ('a'), ('ß')`.execute(db);
    await sql`insert into child (parent_id, "odd ""name") values (2, ${'tab\tnew\nline\rback\\slash \\N \\. end'})`.execute(
      db,
    );
    const rare = 'smile \u{1f600}, rtl \u202e, no break \u00a0, highest \u{10ffff}';
    await sql`insert into value values (1, ${rare}, ${Buffer.from(Array.from({ length: 256 }, (_, n) => n))},
      ${JSON.stringify({ rare, deep: [[], {}, null, 1e300, '\\u0041 "'] })}::jsonb, '{"b": 1, "a": "\\u0000"}', 0.1::float8 + 0.2,
      12345678901234567890.000100, '2026-02-03 04:05:06.789012+00', '2026-02-03 04:05:06.000001', '2026-02-03',
      '-1 year 2 days -03:04:05.678', array['', null, 'a,b', '{"\\'], true)`.execute(db);
    await sql`insert into value values (2, '', '', 'null', 'null', 'NaN', 'NaN', 'infinity', '-infinity', '0044-03-15 BC', '0', '{}', false)`.execute(
      db,
    );
    await sql`insert into value (place) values (3)`.execute(db);
    await sql`insert into value (place, text, bytes) values (4, repeat(${'line\n\t'}, ${large / 6}), decode(repeat('00ff', ${large / 2}), 'hex'))`.execute(
      db,
    );
    await sql`create table log_2026_12 partition of log for values from ('2026-12-01') to ('2027-01-01')`.execute(db);
    await sql`insert into log values ('2026-11-30', 'of the migration'), ('2026-12-31', 'of later')`.execute(db);

    const all = await dump(source.url);
    expect(all.taken.schemas).toEqual([{ schema, migrations: ['0001-create'] }]);
    await using target = await createTestDatabase();
    await using restored = open(target.url);
    await load(restored, all);
    for (const table of ['parent', 'child', 'value', 'log'])
      expect(await contentOf(restored, table), table).toEqual(await contentOf(db, table));
    const { rows } = await sql<{
      table: string;
    }>`select tableoid::regclass::text as table from log order by at`.execute(restored);
    expect(rows.map(({ table }) => table)).toEqual(['log_2026_11', 'log_2026_12']);
  });

  test('goes on counting where it was, also from a sequence that nothing was taken of', async () => {
    await using target = await createTestDatabase();
    await using restored = open(target.url);
    await load(restored, await dump(source.url));
    const next = await sql<{ id: number; unused: number }>`insert into parent (name) values ('next')
      returning id, nextval('unused') as unused`.execute(restored);
    expect(next.rows).toEqual([{ id: 3, unused: 1 }]);
    await sql`insert into child (parent_id) values (3)`.execute(restored);
    expect((await sql`select n from child where parent_id = 3`.execute(restored)).rows).toEqual([{ n: 2 }]);
  });

  test('is of one moment: what is committed after it is not in it', async () => {
    const { pieces } = await dump(source.url, async () => {
      await sql`insert into parent (name) values ('too late')`.execute(db);
    });
    expect(pieces.get('parent')!.toString()).not.toContain('too late');
  });

  test('leaves later migrations to the services, which find the data they expect', async () => {
    await using target = await createTestDatabase();
    await using restored = open(target.url);
    await load(restored, await dump(source.url));
    expect(await migrate(restored, { schema, migrations })).toEqual(['0002-later']);
    expect((await sql`select distinct later from parent`.execute(restored)).rows).toEqual([{ later: 'new' }]);
  });

  test('leaves nothing behind when it is cut off or does not fit', async () => {
    const all = await dump(source.url);
    const broken: Record<string, (whole: Buffer) => AsyncIterable<Buffer>> = {
      'cut in a line': (whole) => inPieces(whole.subarray(0, whole.length - 3)),
      'cut between lines': () => inPieces(Buffer.alloc(0)),
      'a NUL': (whole) => inPieces(Buffer.from(whole.toString().replace('tab', 't\0b'))),
      'a reader that fails': async function* (whole) {
        yield whole.subarray(0, 5);
        throw new Error('the disk is gone');
      },
    };
    await using target = await createTestDatabase();
    await using restored = open(target.url);
    for (const [what, damage] of Object.entries(broken)) {
      const linesOf = ({ table }: DumpedTable) =>
        table === 'child' ? damage(all.pieces.get(table)!) : inPieces(all.pieces.get(table)!);
      await expect(load(restored, all, linesOf), what).rejects.toThrow();
      expect(await tablesIn(restored, [schema]), what).toEqual([]);
    }
  });

  test('is refused to whom row-level security shows a part only', async () => {
    await using walled = await createTestDatabase();
    await using owner = open(walled.url);
    await migrate(owner, { schema, migrations: { '0001-create': first! } });
    await sql`alter table parent enable row level security`.execute(owner);
    await sql`alter table parent force row level security`.execute(owner);
    await sql`create policy own on parent using (name = 'mine')`.execute(owner);
    await sql`insert into parent (name) values ('of others')`.execute(owner);
    await expect(dump(await walled.asRole(schema))).rejects.toThrow('row-level security');
  });
});
