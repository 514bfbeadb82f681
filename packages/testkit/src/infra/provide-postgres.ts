import { join } from 'node:path';
import { startLocalPostgres } from '@wam/local-infra';
import type { TestProject } from 'vitest/node';
import { readTestInfraConfig } from './config.ts';
import { dockerEngineAnswers, startPostgresContainer } from './containers.ts';
import { temporaryDirectory } from './temporary-directory.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The run's Postgres, as superuser. Suites make a database of their own with `createTestDatabase()`. */
    postgresUrl: string;
  }
}

type SharedPostgres = { readonly url: string; readonly stop: () => Promise<void> };
type Shared = { users: number; server: Promise<SharedPostgres> | undefined };

/** The projects of one run load this file once each; they find each other's server here. */
const sharedKey = Symbol.for('wam.testkit.postgres');
const registry = globalThis as unknown as Record<symbol, Shared | undefined>;

/** Vitest's global setup for the `int` and `e2e` projects: one Postgres for the whole run, stopped with the last of them. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  registry[sharedKey] ??= { users: 0, server: undefined };
  const shared = registry[sharedKey];
  shared.users += 1;
  shared.server ??= startSharedPostgres();
  const { url, stop } = await shared.server;
  project.provide('postgresUrl', url);
  return async () => {
    shared.users -= 1;
    if (shared.users > 0) return;
    shared.server = undefined;
    await stop();
  };
}

async function startSharedPostgres(): Promise<SharedPostgres> {
  if (readTestInfraConfig().kind === 'containers' && (await dockerEngineAnswers())) return startPostgresContainer();
  const folder = await temporaryDirectory('wam-postgres-');
  const server = await startLocalPostgres({
    dataDir: join(folder.path, 'data'),
    logFile: join(folder.path, 'postgres.log'),
    durable: false, // nothing here survives the run, and no test cuts this server's power
  });
  return {
    url: server.url,
    stop: async () => {
      await server.stop();
      await folder.remove();
    },
  };
}
