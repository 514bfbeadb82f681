/**
 * `wam restore`: a backup into an empty installation. Everything that can be refused is refused before anything is written. The
 * database is one transaction, committed when the streams are there.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { streams } from '@wam/contracts';
import { configuredSealer, type Env, loadConfig, otherKeksSetting, type Sealer, secret } from '@wam/service-kit';
import {
  beginIncarnation,
  connectBus,
  ensureStreams,
  isStreamNotFound,
  type NatsConnection,
  newIncarnation,
  putBack,
  type QueuedMessage,
  restoreStream,
  streamState,
} from '@wam/service-kit/nats';
import { createDatabase, inTransaction, loadDump, moveCheckpoints, tablesIn } from '@wam/service-kit/postgres';
import Type from 'typebox';
import { developmentKek } from '../all/own-files.ts';
import { prepareSettings } from '../commands/prepare.ts';
import { loadLauncherConfig } from '../config.ts';
import { UserError } from '../user-error.ts';
import { releaseVersion } from './back-up.ts';
import { checkFiles, readPieces } from './backup-folder.ts';
import { findServers, migrationsOf, schemas } from './installation.ts';
import {
  commandsFile,
  type Manifest,
  manifestName,
  parseManifest,
  refusalOf,
  streamFile,
  tableFile,
} from './manifest.ts';

const keySettings = Type.Object({
  WAM_KEK: secret({ minLength: 43, description: 'The key the backup is sealed under' }),
  WAM_OTHER_KEKS: otherKeksSetting,
});

/** @returns the lines to print @throws UserError, ConfigError; nothing is changed then */
export async function restore(folder: string, env: Env): Promise<string> {
  const manifest = await readBackup(folder);
  const config = loadLauncherConfig(env);
  const { NATS_REPLICAS: replicas = 1 } = loadConfig(prepareSettings, env);
  const sealer = sealerFor(manifest, env, config.WAM_DATA_DIR);
  await using servers = await findServers(config, { mayRun: false });
  const nats = await connectBus({ ...config, NATS_URL: servers.natsUrl }, 'prepare', 'restore');
  const db = createDatabase<unknown>({
    url: servers.databaseUrl,
    schema: 'public',
    applicationName: 'wam-restore',
    max: 1,
    statementTimeoutMs: 0,
    idleInTransactionTimeoutMs: 0,
  });
  try {
    const [table] = await tablesIn(db, schemas);
    if (table !== undefined)
      throw new UserError(`the database has data (${table}); restore into an empty one, before services start on it`);
    await refuseStreams(nats);
    const incarnation = newIncarnation();
    const { database: dump, log } = manifest;
    await inTransaction(db, async (trx) => {
      await loadDump(trx, {
        dump,
        migrations: migrationsOf,
        sealer,
        linesOf: (of) => readPieces(folder, tableFile(of)),
      });
      // Feeds that had read the former log further than the backup must not continue in this one.
      await moveCheckpoints(trx, dump, { from: log.incarnation, to: incarnation });
      await restoreStreams(nats, folder, manifest, { incarnation, replicas });
    });
    return [
      `Restored as of ${manifest.createdAt}: events up to ${log.lastSeq}, ${manifest.commands} waiting commands.`,
      'Start the platform. The former installation must not run again: two owners of one linked device end each other.',
    ].join('\n');
  } finally {
    await db.destroy();
    await nats.close();
  }
}

async function readBackup(folder: string): Promise<Manifest> {
  const path = join(folder, manifestName);
  if (!existsSync(path)) throw new UserError(`${folder} holds no finished backup: there is no ${manifestName}`);
  const manifest = parseManifest(readFileSync(path, 'utf8'));
  const migrations = new Map([...migrationsOf].map(([schema, all]) => [schema, Object.keys(all)]));
  const refusal = refusalOf(manifest, { version: releaseVersion, migrations });
  if (refusal !== undefined) throw new UserError(refusal);
  const { files, streams: kept, database } = manifest;
  const listed = new Set(files.map((file) => file.path));
  const needed = [commandsFile, ...kept.map(({ name }) => streamFile(name)), ...database.tables.map(tableFile)];
  const missing = needed.find((each) => !listed.has(each));
  if (missing !== undefined) throw new UserError(`${path} does not list ${missing}; take another backup`);
  await checkFiles(folder, files);
  return manifest;
}

/** The marks in the data are opened as well, before it is committed. */
function sealerFor({ database }: Manifest, env: Env, dataDir: string): Sealer {
  const kept = !env.WAM_KEK && !env.WAM_KEK_FILE && existsSync(join(dataDir, 'kek'));
  const sealer = configuredSealer(loadConfig(keySettings, kept ? { ...env, WAM_KEK: developmentKek(dataDir) } : env));
  const under = database.schemas.flatMap(({ sealedUnder }) => sealedUnder ?? []);
  const unknown = under.find((id) => !sealer.knowsKeyId(Buffer.from(id, 'hex')));
  if (unknown !== undefined)
    throw new UserError(`the backup is sealed under another key (${unknown}); set WAM_KEK to the one it was made with`);
  return sealer;
}
async function refuseStreams(nats: NatsConnection): Promise<void> {
  for (const { name } of Object.values(streams)) {
    const found = await streamState(nats, name).catch((error: unknown) => {
      if (isStreamNotFound(error)) return undefined;
      throw error;
    });
    if (found !== undefined)
      throw new UserError(`NATS has the stream ${name}; restore into an empty store, before \`wam prepare\``);
  }
}

async function restoreStreams(
  nats: NatsConnection,
  folder: string,
  manifest: Manifest,
  { incarnation, replicas }: { incarnation: string; replicas: number },
): Promise<void> {
  try {
    for (const { name, config, state } of manifest.streams) {
      const single = { ...config, num_replicas: replicas };
      await restoreStream(nats, name, { config: single, state }, readPieces(folder, streamFile(name)));
      await beginIncarnation(nats, name, name === streams.events.name ? incarnation : newIncarnation());
    }
    await ensureStreams(nats, { replicas, partitionCount: manifest.partitionCount });
    const lines = createInterface({ input: Readable.from(readPieces(folder, commandsFile)) });
    for await (const line of lines) {
      const { data, ...message } = JSON.parse(line) as Omit<QueuedMessage, 'data'> & { data: string };
      await putBack(nats, { ...message, data: Buffer.from(data, 'base64') });
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(
      `the streams were not restored (${reason}); the database is as before. Empty the store of NATS, then repeat`,
    );
  }
}
