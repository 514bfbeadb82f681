import { createClient } from '@wam/client';
import { createDatabase, sql } from '@wam/service-kit/postgres';
import { Agent, fetch as undiciFetch } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNarrator } from '../apps/wam/src/demo/narrator.ts';
import { tellStory } from '../apps/wam/src/demo/tell-story.ts';
import { temporaryFolder, until } from './platform.ts';
import {
  gatewayDrainDelayMs,
  type Installation,
  startInstallation,
  type TargetName,
  type TargetProcess,
} from './topology/installation.ts';
import { startTraffic } from './topology/traffic.ts';

/** As many as a small installation has. Those behind the bus are replaced one by one, a new one first. */
const layout: Record<TargetName, number> = {
  auth: 1,
  analytics: 1,
  dispatcher: 1,
  webhooks: 1,
  sandbox: 1,
  'session-engine': 3,
  gateway: 2,
};
/** One after the other; within a roll all targets at the same time, as a new image makes Kubernetes do it. */
const rolls: readonly (readonly TargetName[])[] = [
  ['sandbox'],
  ['gateway', 'auth', 'analytics', 'dispatcher', 'webhooks', 'session-engine'],
];
/** Two dozen processes start, each with seconds of CPU time: on a busy machine that alone takes minutes. An end that was not asked for fails at once. */
const limitMs = 600_000;
const endsFirst: readonly TargetName[] = ['sandbox', 'session-engine'];

/**
 * A server can tell its clients to go elsewhere with an answer only: a connection that is idle for the whole drain delay and used again just
 * when it ends is cut. So who wants no failure keeps idle connections for less than that.
 */
const agent = new Agent({ keepAliveTimeout: gatewayDrainDelayMs / 12, keepAliveMaxTimeout: gatewayDrainDelayMs / 12 });
const withoutAnswer: string[] = [];
const keepBriefly = (async (url: string, init: RequestInit) => {
  try {
    return await undiciFetch(url, { ...init, dispatcher: agent } as never);
  } catch (error) {
    withoutAnswer.push(`${init.method} ${url}: ${(error as Error).cause ?? error}`);
    throw error;
  }
}) as unknown as typeof fetch;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let installation: Installation;
let processes: TargetProcess[];

beforeAll(async () => {
  folder = await temporaryFolder();
  installation = await startInstallation(folder.path, { RATE_LIMIT_GENERAL: '100000/1m', RATE_LIMIT_PLANS: 'none' });
  const targets = Object.entries(layout).flatMap(([target, count]) =>
    Array<TargetName>(count).fill(target as TargetName),
  );
  // In no order: each waits for what it needs.
  processes = await Promise.all(targets.map((target) => installation.start(target)));
  await Promise.all(processes.map((process) => process.whenReady()));
}, limitMs);
afterAll(async () => {
  await agent.close();
  await installation?.[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

describe('Every target as processes of its own, with TLS and no right it does not need', () => {
  it('is the platform of the demo', async () => {
    const lines: string[] = [];
    const narrator = createNarrator({ write: (text) => lines.push(text) });
    const client = createClient({ baseUrl: installation.url });
    await tellStory({ client, narrator, drawQr: async () => 'QR', runId: 'topology' });
    expect(lines.join('')).toContain('That was all of it');
  });

  it(
    'is replaced process by process under traffic: no request fails, no message is lost, readiness goes off first',
    async ({ onTestFailed }) => {
      const client = createClient({ baseUrl: installation.url, retries: 0, fetch: keepBriefly });
      const { token } = await client.register({
        body: { email: 'rolling@example.com', password: 'securepassword123' },
      });
      client.useToken(token);
      const traffic = await startTraffic(client, { sessions: 3, everyMs: 500 });
      onTestFailed(() => {
        const waiting = ['Requests without an answer:', ...traffic.waiting()];
        console.error([installation.history(), ...waiting].join('\n'));
      });

      const replace = async (old: TargetProcess) => {
        // Members of a StatefulSet end before their successors begin.
        if (endsFirst.includes(old.target)) await old.stop();
        const next = await installation.start(old.target);
        await next.whenReady();
        if (!endsFirst.includes(old.target)) await old.stop();
      };
      for (const roll of rolls)
        await Promise.all(
          roll.map(async (target) => {
            for (const old of processes.filter((process) => process.target === target)) await replace(old);
          }),
        );
      // However slow its answers were while machines came and went.
      await until('enough was sent to tell', async () => traffic.accepted.length > 50);
      await traffic.stop();

      const troubles = { failures: traffic.failures, withoutAnswer, cut: installation.cutConnections };
      expect(troubles).toEqual({ failures: [], withoutAnswer: [], cut: [] });
      await until('every message is delivered', async () => {
        const { totals } = await client.getMessageStats({});
        return totals.delivered === traffic.accepted.length && totals.failed === 0;
      });
      for (const [number, messages] of Map.groupBy(traffic.accepted, ({ recipient }) => recipient)) {
        const { messages: received } = await client.getInbox({ params: { number }, query: { limit: 500 } });
        expect(received.map(({ text }) => text).sort()).toEqual(messages.map(({ text }) => text).sort());
      }
    },
    limitMs,
  );

  it('lets no service read what another one stores, and binds each by row-level security', async () => {
    const own = {
      auth: 'auth',
      'session-engine': 'engine',
      dispatcher: 'dispatcher',
      analytics: 'analytics',
      webhooks: 'webhooks',
    };
    for (const [user, schema] of Object.entries(own)) {
      const db = createDatabase({ url: installation.databaseUrl(user), schema, applicationName: 'topology', max: 1 });
      const { rows } = await sql<{ nspname: string; usage: boolean; walled: boolean; ssl: boolean }>`
        select nspname, has_schema_privilege(oid, 'usage') as usage,
          (select not (rolsuper or rolbypassrls) from pg_roles where rolname = current_user) as walled,
          (select ssl from pg_stat_ssl where pid = pg_backend_pid()) as ssl
        from pg_namespace where nspname = any(${Object.values(own)})`.execute(db);
      await db.destroy();
      expect(rows.filter(({ usage }) => usage)).toEqual([{ nspname: schema, usage: true, walled: true, ssl: true }]);
      expect(rows).toHaveLength(5);
    }
  });

  it('answers its operator, who may seal everything anew', async () => {
    const report = await installation.runAsOperator(['keys', 'rotate-kek']);
    expect(report).toContain('The database is under WAM_KEK');
    expect(await installation.runAsOperator(['dlq', 'list', '--json'])).toBe('[]\n');
    expect(await installation.runAsOperator(['engine', 'partitions', '--json'])).toContain('"partitions"');
    expect(await installation.runAsOperator(['rebuild', 'messages', '--check'])).toContain('equal to its rebuild');
  });

  it('has told no key and no password, neither itself nor its servers', () => {
    const told = installation.output() + installation.natsLog() + installation.postgresLog();
    const secrets = installation.secrets();
    expect(secrets).toHaveLength(16);
    for (const secret of secrets) expect(told.includes(secret)).toBe(false);
  });

  it('has done nothing that its users on the bus may not do', () => {
    expect(installation.natsLog()).not.toMatch(/violation/i);
  });
});
