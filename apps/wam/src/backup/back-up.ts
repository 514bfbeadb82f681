/**
 * `wam backup`: everything as of one moment, while the platform runs. The order makes it whole:
 *   1. listen to new commands, then list those that wait;
 *   2. fix the moment in Postgres; what was published until then is in the list, so that no command falls between queue and tables;
 *   3. copy the event log, which so is never behind the tables: after a restore they catch up;
 *   4. copy the tables as of the moment.
 * A command may be in list and tables, and an event of the last milliseconds in the log alone: both are recognised by their ids, as
 * after a crash. Leases are left out: the next engines claim anew, above the epochs of the tables.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { streams } from '@wam/contracts';
import { type Env, systemClock } from '@wam/service-kit';
import {
  agreeOnPartitionCount,
  connectBus,
  overhear,
  type QueuedMessage,
  readQueue,
  snapshotStream,
  streamState,
} from '@wam/service-kit/nats';
import { dumpSchemas } from '@wam/service-kit/postgres';
import { writeWhole } from '../all/own-files.ts';
import { loadLauncherConfig } from '../config.ts';
import { UserError } from '../user-error.ts';
import { newFile, syncFolder } from './backup-folder.ts';
import { findServers, schemas } from './installation.ts';
import { type BackupFile, commandsFile, type Manifest, manifestName, streamFile, tableFile } from './manifest.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
export const releaseVersion = version;

/** @returns the lines to print @throws UserError when the folder is not empty, or there is nothing to keep */
export async function backUp(folder: string, env: Env): Promise<string> {
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new UserError(`${folder} is not empty; name a new folder for each backup`);
  const config = loadLauncherConfig(env);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  await using servers = await findServers(config, { mayRun: true });
  const nats = await connectBus({ ...config, NATS_URL: servers.natsUrl }, 'operator', 'backup');
  const files: BackupFile[] = [];
  const kept: Manifest['streams'] = [];
  let createdAt = '';
  let log: Manifest['log'] | undefined;
  let commands: QueuedMessage[] = [];
  async function copyStream(name: string): Promise<void> {
    const { stream, written } = newFile(folder, streamFile(name), files);
    const snapshot = await snapshotStream(nats, name, (bytes) => writeTo(stream, bytes));
    stream.end();
    await written;
    kept.push({ name, ...snapshot });
  }
  try {
    const all = streams.commands.subjects[0];
    const partitionCount = await agreeOnPartitionCount(nats, undefined);
    const overheard = await overhear(nats, all);
    const waiting: QueuedMessage[] = [];
    for await (const message of readQueue(nats, streams.commands.name, all)) waiting.push(message);
    const database = await dumpSchemas({
      url: servers.databaseUrl,
      applicationName: 'wam-backup',
      schemas,
      async onSnapshot() {
        createdAt = new Date(systemClock.now()).toISOString();
        commands = withoutRepeats([...waiting, ...(await overheard.take())]);
        const { incarnation, lastSeq } = await streamState(nats, streams.events.name);
        log = { incarnation, lastSeq };
        await copyStream(streams.events.name);
        await copyStream(streams.deadLetters.name);
      },
      open: (table) => newFile(folder, tableFile(table), files),
    });
    if (log === undefined || database.schemas.length === 0)
      throw new UserError('nothing was ever kept in this database; is DATABASE_URL that of the platform?');
    await writeCommands(folder, commands, files);
    const manifest: Manifest = {
      format: 1,
      version,
      createdAt,
      log,
      database,
      streams: kept,
      commands: commands.length,
      partitionCount,
      files,
    };
    writeWhole(join(folder, manifestName), `${JSON.stringify(manifest, null, 2)}\n`);
    await syncFolder(folder);
    const rows = database.tables.reduce((sum, table) => sum + table.rows, 0);
    return [
      `${folder}: ${rows} rows, events up to ${log.lastSeq}, ${commands.length} waiting commands, as of ${createdAt}.`,
      'Keep WAM_KEK elsewhere: without it nobody can restore this, and with it everybody.',
    ].join('\n');
  } finally {
    await nats.close();
  }
}

const writeTo = (stream: NodeJS.WritableStream, bytes: Uint8Array): Promise<void> =>
  new Promise((resolve, reject) => stream.write(bytes, (error) => (error ? reject(error) : resolve())));

const idHeader = 'Nats-Msg-Id';
function withoutRepeats(messages: readonly QueuedMessage[]): QueuedMessage[] {
  const ids = new Set<string>();
  return messages.filter(({ headers }) => {
    const id = headers[idHeader];
    if (id === undefined) return true;
    const isNew = !ids.has(id);
    ids.add(id);
    return isNew;
  });
}

async function writeCommands(folder: string, commands: readonly QueuedMessage[], files: BackupFile[]): Promise<void> {
  const { stream, written } = newFile(folder, commandsFile, files);
  const lines = commands.map(
    ({ data, ...message }) => `${JSON.stringify({ ...message, data: Buffer.from(data).toString('base64') })}\n`,
  );
  await pipeline(Readable.from(lines), stream);
  await written;
}
