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
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isTargetName } from '../../apps/wam/src/targets/target.ts';
import { runWam, spawnWam } from '../../apps/wam/test/launched-platform.ts';
import { valuesOf } from './source/overlays.ts';
import { objectsOf } from './source/render/kustomize.ts';
import { kubectl, type MadeSecrets, makeSecrets } from './test-support/made-secrets.ts';

interface Container {
  name: string;
  args?: string[];
  env: { name: string; value: string }[];
}
interface Workload {
  metadata: { name: string };
  spec: {
    template: { spec: { containers: [Container]; volumes: { name: string; secret?: { secretName: string } }[] } };
  };
}

let folder: TemporaryDirectory;
let database: TestDatabase;
let bus: TestNats;
let secrets: MadeSecrets;
const running = new Map<string, ReturnType<typeof spawnWam>>();
const ports = new Map<string, number>();

/** What runs in a pod, with what this machine has in place of the network and the volumes of a cluster. */
function processOf(
  { spec: { template } }: Workload,
  management: number,
): { args: string[]; env: Record<string, string> } {
  const [{ args = [], env }] = template.spec.containers;
  const mounted = template.spec.volumes.find(({ name }) => name === 'secrets')?.secret?.secretName ?? '';
  const path = secrets.mount(mounted);
  const elsewhere: Record<string, string> = {
    NATS_URL: bus.url.replace('127.0.0.1', 'localhost'),
    NATS_REPLICAS: '1',
    MANAGEMENT_PORT: String(management),
    PORT: String(ports.get('api')),
    SANDBOX_PORT: String(ports.get('sandbox')),
    WHATSAPP_URL: `ws://127.0.0.1:${ports.get('sandbox')}/ws/chat`,
    WAM_DATA_DIR: folder.path,
  };
  const given = env
    .filter(({ name }) => name !== 'REDIS_URL')
    .map(({ name, value }) => [name, elsewhere[name] ?? value.replace('/run/secrets/wam', path)]);
  // As the image sets them.
  const image = { NODE_ENV: 'production', WAM_MODE: 'production', WAM_DATA_DIR: folder.path };
  return { args, env: { ...image, ...Object.fromEntries(given) } as Record<string, string> };
}

describe.skipIf(kubectl === undefined)('processes with the arguments, settings and secrets of the manifests', () => {
  beforeAll(async () => {
    [folder, database] = await Promise.all([temporaryDirectory('wam-manifests-'), createTestDatabase()]);
    for (const name of ['api', 'sandbox']) ports.set(name, await findFreePort());
    secrets = await makeSecrets(join(folder.path, 'made'), { DATABASE_URL: database.url });
    const made = (file: string) => join(folder.path, 'made', file);
    const tls = `tls { cert_file: "${made('nats.crt')}", key_file: "${made('nats.key')}" }`;
    bus = await startTestNats({ configuration: `${tls}\n${secrets.fileOf('nats/authorization.conf')}` });
  });
  afterAll(async () => {
    for (const { child } of running.values()) child.kill('SIGKILL');
    await Promise.all([...running.values()].map(({ exited }) => exited));
    await bus?.stop();
    await database?.drop();
    await folder?.remove();
  });

  it('become ready, serve an account, and end by themselves before they would be killed', async () => {
    const workloads = (objectsOf(valuesOf('multi-tenant')) as unknown as Workload[]).filter(
      ({ spec }) => spec?.template !== undefined,
    );
    const prepare = workloads.find(({ metadata }) => metadata.name.startsWith('prepare-'))!;
    const prepared = processOf(prepare, 0);
    expect(await runWam(prepared.args, prepared.env)).toMatchObject({ exitCode: 0, stderr: '' });

    // Of the engines those of the sandbox: the others would log in to the real network.
    const targets = workloads.filter(
      ({ metadata: { name }, spec }) =>
        isTargetName(spec.template.spec.containers[0].name) && name !== 'session-engine',
    );
    expect(targets.map(({ metadata }) => metadata.name)).toHaveLength(7);
    const management = new Map<string, number>();
    for (const workload of targets) {
      const { name } = workload.metadata;
      management.set(name, await findFreePort());
      const { args, env } = processOf(workload, management.get(name)!);
      running.set(name, spawnWam(args, env));
    }
    for (const [name, port] of management) {
      const answer = () => fetch(`http://127.0.0.1:${port}/readyz`);
      await eventually(async () => expect((await answer()).status, name + running.get(name)!.stderr()).toBe(200), {
        timeoutMs: 60_000,
      });
    }

    const client = createClient({ baseUrl: `http://127.0.0.1:${ports.get('api')}` });
    const { token } = await client.register({ body: { email: 'owner@example.com', password: 'securepassword123' } });
    client.useToken(token);
    const { sessionId } = await client.createSession({ body: { network: 'sandbox' } });
    const { qrCode } = await client.getSessionQr({ params: { sessionId } });
    expect(qrCode).toMatch(/^data:image\/png/);

    for (const { child } of running.values()) child.kill('SIGTERM');
    for (const [name, { exited, stderr }] of running) expect(await exited, `${name}: ${stderr()}`).toBe(0);
  });
});
