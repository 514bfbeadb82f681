/** The credentials that make-secrets.sh makes, with the servers' configuration of this folder, on real servers. */
import { execFile } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type LocalPostgres, locateNatsServer, startLocalPostgres } from '@wam/local-infra';
import { Secret } from '@wam/service-kit';
import { connectBus } from '@wam/service-kit/nats';
import { createDatabase, sql } from '@wam/service-kit/postgres';
import { startTestNats, type TemporaryDirectory, type TestNats, temporaryDirectory } from '@wam/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { roleOf } from '../../apps/wam/src/commands/database-roles.ts';
import { prepare } from '../../apps/wam/src/commands/prepare.ts';
import { compose, ours, secretsOf, targetOf } from './test-support/compose-file.ts';

const run = promisify(execFile);
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const dataDir = process.env.WAM_DATA_DIR ?? here('../../.wam');
let folder: TemporaryDirectory;
let nats: TestNats;
let postgres: LocalPostgres;

/** Text of a secret, as a container sees it. */
const contentOf = (secret: string): string =>
  readFileSync(join(folder.path, compose.secrets[secret]?.file ?? ''), 'utf8').trim();
/** Addresses of containers as addresses of this machine. */
const onThisMachine = (url: string): string =>
  url
    .replace('@postgres:5432', `@localhost:${new URL(postgres.url).port}`)
    .replace('/run/secrets/', `${join(folder.path, 'secrets')}/`);

/** What a container reads, without the files in between. */
function settingsOf(name: string): Record<string, string> {
  const service = compose.services[name]!;
  const mounted = new Map([...secretsOf(service)].map(([source, target]) => [`/run/secrets/${target}`, source]));
  return Object.fromEntries(
    Object.entries(service.environment ?? {}).map(([variable, value]) => {
      if (variable === 'NATS_URL') return [variable, nats.url.replace('127.0.0.1', 'localhost')];
      const source = mounted.get(String(value));
      return source === undefined
        ? [variable, String(value)]
        : [variable.replace(/_FILE$/, ''), onThisMachine(contentOf(source))];
    }),
  );
}

beforeAll(async () => {
  folder = await temporaryDirectory('wam-compose-');
  chmodSync(folder.path, 0o755);
  const PATH = `${dirname(process.execPath)}:${process.env.PATH}`;
  await run(here('make-secrets.sh'), [join(folder.path, 'secrets')], { env: { ...process.env, PATH } });

  const server = join(folder.path, 'server');
  mkdirSync(join(server, 'etc/nats'), { recursive: true });
  mkdirSync(join(server, 'run/secrets'), { recursive: true });
  copyFileSync(join(folder.path, 'secrets/nats/authorization.conf'), join(server, 'run/secrets/authorization.conf'));
  const configuration = readFileSync(here('nats.conf'), 'utf8')
    .replaceAll('/run/secrets/nats', join(folder.path, 'secrets/nats'))
    // Servers of tests may be older than that of the file, and do not know these.
    .replaceAll(/^ *(sync_interval|min_version):.*$/gm, '');
  const file = join(server, 'etc/nats/nats.conf');
  writeFileSync(file, configuration);
  await run(locateNatsServer(dataDir)!.path, ['-t', '-c', file]);
  const tls = /^tls \{[^}]*\}/m.exec(configuration)?.[0];
  const secretText = (name: string) => readFileSync(join(folder.path, 'secrets', name), 'utf8');
  [nats, postgres] = await Promise.all([
    startTestNats({ configuration: `${tls}\n${secretText('nats/authorization.conf')}` }),
    startLocalPostgres({
      dataDir: join(folder.path, 'postgres'),
      logFile: join(folder.path, 'postgres.log'),
      durable: false,
      tls: { cert: secretText('postgres.crt'), key: secretText('postgres.key') },
    }),
  ]);
  // Its administrator is `wam` with a database of that name, as the image of Postgres makes them.
  await using admin = createDatabase<unknown>({ url: postgres.url, schema: 'public', applicationName: 'spec', max: 1 });
  await sql.raw(`alter role wam password '${secretText('postgres-password')}'`).execute(admin);
});
afterAll(async () => {
  await nats?.stop();
  await postgres?.stop();
  await folder?.remove();
});

describe('what make-secrets.sh makes', () => {
  test('lets prepare make roles and streams, and then each container in as its own user, over TLS', async () => {
    await prepare(settingsOf('prepare'));
    for (const [name, service] of ours.filter(([, one]) => targetOf(one) !== 'prepare')) {
      const target = targetOf(service);
      const { NATS_URL, NATS_CA, NATS_NKEY_SEED, DATABASE_URL } = settingsOf(name);
      const access = { NATS_URL: NATS_URL!, NATS_CA: NATS_CA!, NATS_NKEY_SEED: new Secret(NATS_NKEY_SEED!) };
      await (await connectBus(access, target as 'auth')).close();
      if (DATABASE_URL === undefined) continue;
      await using db = createDatabase<unknown>({
        url: DATABASE_URL,
        schema: 'public',
        applicationName: 'spec',
        max: 1,
      });
      const { rows } = await sql`
        select current_user as name, (select ssl from pg_stat_ssl where pid = pg_backend_pid()) as ssl`.execute(db);
      expect(rows, name).toEqual([{ name: roleOf(target as 'auth', 'wam'), ssl: true }]);
    }
  });
});
