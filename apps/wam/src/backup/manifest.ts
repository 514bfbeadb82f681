/** What a backup says of itself. It is written last: a folder without one is a backup that did not come to its end. */
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { UserError } from '../user-error.ts';

const file = Type.Object({
  path: Type.String({ pattern: '^[a-zA-Z0-9_.-]+$' }),
  sha256: Type.String(),
  bytes: Type.Integer(),
});
const name = Type.String({ pattern: '^[a-z_][a-z0-9_]*$' });

const manifest = Type.Object({
  format: Type.Literal(1),
  /** Release of the platform. */
  version: Type.String(),
  createdAt: Type.String(),
  /** Of the event log, which ends at `lastSeq`. */
  log: Type.Object({ incarnation: Type.String(), lastSeq: Type.Integer() }),
  database: Type.Object({
    schemas: Type.Array(
      Type.Object({ schema: name, migrations: Type.Array(Type.String()), sealedUnder: Type.Optional(Type.String()) }),
    ),
    tables: Type.Array(
      Type.Object({
        schema: name,
        table: name,
        columns: Type.Array(Type.String()),
        partition: Type.Optional(Type.Object({ of: name, bound: Type.String() })),
        rows: Type.Integer(),
      }),
    ),
    sequences: Type.Array(Type.Object({ schema: name, sequence: name, lastValue: Type.String() })),
  }),
  streams: Type.Array(
    Type.Object({
      name: Type.String(),
      config: Type.Record(Type.String(), Type.Unknown()),
      state: Type.Record(Type.String(), Type.Unknown()),
    }),
  ),
  commands: Type.Integer(),
  /** In the place of every session; fixed with the first start of the installation. */
  partitionCount: Type.Integer(),
  files: Type.Array(file),
});
export type Manifest = Static<typeof manifest>;
export type BackupFile = Static<typeof file>;

export const manifestName = 'manifest.json';
export const commandsFile = 'commands.ndjson.gz';
export const streamFile = (stream: string): string => `stream-${stream}.snapshot`;
export const tableFile = (of: { schema: string; table: string }): string => `${of.schema}.${of.table}.copy.gz`;

const validator = Compile(manifest);

/** @throws UserError when it is no manifest that this release reads */
export function parseManifest(text: string): Manifest {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    found = undefined;
  }
  if (!validator.Check(found)) throw new UserError(`${manifestName} is damaged, or of a release this one cannot read`);
  return found;
}

export interface Release {
  version: string;
  /** Migrations by schema. */
  migrations: ReadonlyMap<string, readonly string[]>;
}
const majorOf = (version: string): string => version.split('.')[0] ?? '';

/** Why this release cannot take the backup; undefined when it can. Pure. */
export function refusalOf({ version, database }: Manifest, release: Release): string | undefined {
  if (majorOf(version) !== majorOf(release.version))
    return `the backup is of release ${version}, this is ${release.version}: restore with a release of the same major version, then upgrade`;
  for (const { schema, migrations } of database.schemas) {
    const known = release.migrations.get(schema);
    const unknown = migrations.find((each) => !known?.includes(each));
    if (unknown !== undefined)
      return `the backup is of a later release (migration ${unknown} of ${schema}): restore with that one`;
  }
  return undefined;
}
