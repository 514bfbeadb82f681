import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '@wam/client';
import {
  createTestDatabase,
  eventually,
  findFreePort,
  startTestNats,
  type TemporaryDirectory,
  type TestDatabase,
  type TestNats,
  temporaryDirectory,
} from '@wam/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { namedMetrics } from '../../../deploy/k8s/source/monitoring/named-metrics.ts';
import type { PoolOverview } from '../src/commands/pool-overview.ts';
import { runWam, spawnWam } from './launched-platform.ts';

const recipient = '919876543210';
let folder: TemporaryDirectory;
let database: TestDatabase;
let bus: TestNats;
/** Folder of the seeds of the users of the bus. */
let busKeys: string;
const keyOf = (user: string) => ({ NATS_NKEY_SEED_FILE: join(busKeys, `${user}.seed`) });
/** Ports of probes and metrics. */
const management = new Map<string, number>();
const running = new Map<string, ReturnType<typeof spawnWam>>();

beforeAll(async () => {
  [folder, database] = await Promise.all([temporaryDirectory('wam-targets-'), createTestDatabase()]);
  busKeys = join(folder.path, 'bus');
  expect(await runWam(['nats', 'credentials', busKeys], {})).toMatchObject({ exitCode: 0, stderr: '' });
  bus = await startTestNats({ configuration: readFileSync(join(busKeys, 'authorization.conf'), 'utf8') });
});
afterAll(async () => {
  for (const { child } of running.values()) child.kill('SIGKILL');
  await Promise.all([...running.values()].map(({ exited }) => exited));
  await database?.drop();
  await bus?.stop();
  await folder?.remove();
});

it('every service started on its own, as Kubernetes does, and with no more rights on the bus than it needs, makes the same platform', async () => {
  const [port, sandboxPort] = [await findFreePort(), await findFreePort()];
  const env = {
    PORT: String(port),
    SANDBOX_PORT: String(sandboxPort),
    WHATSAPP_URL: `ws://127.0.0.1:${sandboxPort}/ws/chat`,
    WAM_DATA_DIR: folder.path,
    DATABASE_URL: database.url,
    NATS_URL: bus.url,
    WAM_KEK: Buffer.alloc(32, 7).toString('base64'),
    DEFAULT_PLAN: 'growth',
  };
  expect(await runWam(['prepare'], { ...env, ...keyOf('prepare') })).toMatchObject({ exitCode: 0, stderr: '' });
  // In no order that would help: each waits for what it needs.
  for (const target of ['gateway', 'session-engine', 'dispatcher', 'analytics', 'webhooks', 'sandbox', 'auth']) {
    management.set(target, await findFreePort());
    running.set(
      target,
      spawnWam(['start', `--target=${target}`], {
        ...env,
        ...keyOf(target),
        MANAGEMENT_PORT: String(management.get(target)),
      }),
    );
  }
  const url = `http://127.0.0.1:${port}`;
  await eventually(async () => expect((await fetch(`${url}/readyz`)).status).toBe(200), { timeoutMs: 60_000 });

  const client = createClient({ baseUrl: url });
  const credentials = { email: 'owner@example.com', password: 'securepassword123' };
  const { token } = await eventually(() => client.register({ body: credentials }), { timeoutMs: 30_000 });
  client.useToken(token);
  const { sessionId } = await eventually(() => client.createSession({ body: { network: 'sandbox' } }));
  const { qrCode } = await client.getSessionQr({ params: { sessionId } });
  await eventually(() => client.scanQr({ body: { qrCode: qrCode ?? '' } }));
  await eventually(async () =>
    expect(await client.getSessionStatus({ params: { sessionId } })).toMatchObject({ status: 'connected' }),
  );
  const bulk = await client.bulkSend({ body: { contacts: [recipient, '919876543211'], message: 'All', delay: 0 } });
  expect(bulk).toMatchObject({ total: 2, sent: 2, failed: 0 });
  await eventually(async () => {
    const { messages } = await client.getInbox({ params: { number: recipient } });
    expect(messages.map((message) => message.text)).toEqual(['All']);
  });

  for (const [target, port] of management) {
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status, target).toBe(200);
  }
  const metricsOf = async (target: string) =>
    (await fetch(`http://127.0.0.1:${management.get(target)}/metrics`)).text();
  expect(await metricsOf('gateway')).toContain('wam_http_requests_total{operation="bulkSend",status="200"} 1');
  expect(await metricsOf('session-engine')).toContain('wam_messages_total{outcome="sent",code="none"} 2');
  expect(await metricsOf('session-engine')).toContain('wam_sessions{pool="sandbox",status="connected"} 1');
  expect(await metricsOf('analytics')).toMatch(/wam_projected_events_total [1-9]/);
  expect(await metricsOf('webhooks')).toContain('wam_webhook_backlog 0');
  expect(await metricsOf('dispatcher')).toContain('wam_dispatch_due_lanes 0');
  const scraped = (await Promise.all([...management.keys()].map(metricsOf))).join('');
  const exported = new Set([...scraped.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name));
  expect(namedMetrics().filter(({ name }) => !exported.has(name))).toEqual([]);
  const { exitCode, stdout } = await runWam(['engine', 'partitions', '--json'], { ...env, ...keyOf('operator') });
  expect(exitCode).toBe(0);
  const [pool] = JSON.parse(stdout) as PoolOverview[];
  expect(pool?.members).toMatchObject([{ state: 'up', partitions: 64, sessions: 1, connected: 1 }]);
  expect(new Set(pool?.partitions.map(({ owner }) => owner))).toEqual(new Set([pool?.members[0]?.member]));

  expect(await runWam(['dlq', 'list', '--json'], { ...env, ...keyOf('operator') })).toMatchObject({ stdout: '[]\n' });
  expect(
    await runWam(['account', 'set-plan', credentials.email, 'business'], { ...env, ...keyOf('operator') }),
  ).toMatchObject({
    exitCode: 0,
  });

  for (const { child } of running.values()) child.kill('SIGTERM');
  for (const [target, { exited, stderr }] of running) {
    expect(await exited, `${target}: ${stderr()}`).toBe(0);
  }
  expect(bus.log()).not.toMatch(/violation/i);
});
