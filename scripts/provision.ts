// The servers' part of the bootstrap: makes sure there is a Postgres and a nats-server to run, one line each.
// `--local-servers` (tests): servers of our own are needed even when NATS_URL or DATABASE_URL name others, and the programs
// that the tests of the documentation and of the manifests run.

import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { provisionClusterTools, provisionNatsServer, provisionPostgres, provisionTestPrograms } from '@wam/local-infra';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const ownServers = process.argv.includes('--local-servers');
const dataDir = resolve(root, process.env.WAM_DATA_DIR ?? '.wam');
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const steps = [
  () => provisionPostgres({ url: ownServers ? undefined : process.env.DATABASE_URL }),
  () => provisionNatsServer({ url: ownServers ? undefined : process.env.NATS_URL, dataDir, report: say }),
  ...(ownServers ? [() => provisionTestPrograms(say), () => provisionClusterTools({ dataDir, report: say })] : []),
];
for (const step of steps) {
  try {
    say(await step());
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
if (process.env.REDIS_URL !== undefined && !ownServers)
  say('redis: REDIS_URL, for rate limits shared between gateways');
