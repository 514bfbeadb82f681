import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { locateNatsServer } from '@wam/local-infra';
import { Secret } from '@wam/service-kit';
import { connectBus } from '@wam/service-kit/nats';
import { startTestNats, type TemporaryDirectory, temporaryDirectory } from '@wam/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { valuesOf } from './source/overlays.ts';
import { objectsOf } from './source/render/kustomize.ts';
import { dataDir, kubectl, type MadeSecrets, makeSecrets } from './test-support/made-secrets.ts';

const run = promisify(execFile);

interface Workload {
  kind: string;
  spec: {
    template: {
      spec: {
        volumes: { name: string; secret?: { secretName: string; optional?: boolean } }[];
        containers: { name: string; env?: { name: string; value?: string }[] }[];
      };
    };
  };
}
let folder: TemporaryDirectory;
let made: string;
let secrets: MadeSecrets;

describe.skipIf(kubectl === undefined)('make-secrets.sh', () => {
  beforeAll(async () => {
    folder = await temporaryDirectory('wam-secrets-');
    made = join(folder.path, 'made');
    secrets = await makeSecrets(made);
  }, 60_000);
  afterAll(() => folder?.remove());

  const workloads = (objectsOf(valuesOf('multi-tenant')) as unknown as Workload[]).filter(({ kind }) =>
    ['Deployment', 'StatefulSet', 'Job'].includes(kind),
  );

  test('makes every Secret that a pod mounts and nobody else makes', () => {
    const mounted = workloads
      .flatMap(({ spec }) => spec.template.spec.volumes)
      .flatMap(({ secret }) => (secret === undefined || secret.optional ? [] : [secret.secretName]));
    expect([...secrets.keysOf.keys()]).toEqual(expect.arrayContaining([...new Set(mounted)]));
  });

  test('puts every file that a setting names into the Secret of its target', () => {
    const missing = workloads.flatMap(({ spec: { template } }) => {
      const mounted = template.spec.volumes.find(({ name }) => name === 'secrets')?.secret?.secretName ?? '';
      return template.spec.containers
        .flatMap(({ env = [] }) => env.map(({ value = '' }) => value))
        .filter((value) => value.startsWith('/run/secrets/wam/'))
        .filter((value) => !secrets.keysOf.get(mounted)?.includes(value.slice('/run/secrets/wam/'.length)));
    });
    expect(missing).toEqual([]);
  });

  test('gives the key of everything sealed only to who seals, and never to the edge', () => {
    const holders = [...secrets.keysOf].filter(([, keys]) => keys.includes('kek')).map(([name]) => name);
    expect(holders.sort()).toEqual([
      'wam-analytics',
      'wam-auth',
      'wam-dispatcher',
      'wam-operator',
      'wam-session-engine',
      'wam-webhooks',
    ]);
  });

  test('gives the address of the owner of the database to the Job that prepares it, and to nobody else', () => {
    const owner = secrets.fileOf('owner.url');
    const { password } = new URL(owner);
    expect(secrets.valueOf('wam-prepare', 'database-url')).toBe(owner);
    const knowing = [...secrets.keysOf].filter(([name, keys]) =>
      keys.some((key) => secrets.valueOf(name, key).includes(password)),
    );
    // With the second one its operator makes the owner.
    expect(knowing.map(([name]) => name).sort()).toEqual(['wam-postgres', 'wam-prepare']);
    const mounting = workloads.filter(({ spec: { template } }) =>
      template.spec.volumes.some(({ secret }) => knowing.some(([name]) => name === secret?.secretName)),
    );
    expect(mounting.map(({ kind }) => kind)).toEqual(['Job']);
  });

  test('gives each target the address of its own role and its own key of the bus, neither of which is in another Secret', () => {
    const targets = ['auth', 'analytics', 'dispatcher', 'webhooks', 'session-engine', 'operator'];
    for (const target of targets)
      expect(new URL(secrets.valueOf(`wam-${target}`, 'database-url'))).toMatchObject({
        username: `wam_${target.replaceAll('-', '_')}`,
        hostname: 'postgres-rw',
        search: '?sslmode=verify-full&sslrootcert=/run/secrets/postgres-ca/ca.crt',
      });
    for (const key of ['nats-seed', 'database-url']) {
      const holders = [...secrets.keysOf].filter(([, keys]) => keys.includes(key)).map(([name]) => name);
      const values = new Set(holders.map((name) => secrets.valueOf(name, key)));
      expect(values.size, key).toBe(holders.length);
    }
  });

  test('leaves what is there as it is', async () => {
    await expect(makeSecrets(made)).rejects.toThrow(/left as it is/);
  });

  test('makes keys and certificates that a server takes on the configuration of the cluster, and that let only its users in, by TLS', async () => {
    const configMap = objectsOf(valuesOf('multi-tenant')).find(({ kind }) => kind === 'ConfigMap') as unknown as {
      data: Record<string, string>;
    };
    const configuration = configMap.data['nats.conf']!.replaceAll('/etc/nats-tls/tls.crt', join(made, 'nats.crt'))
      .replaceAll('/etc/nats-tls/tls.key', join(made, 'nats.key'))
      .replaceAll('/etc/nats-tls/ca.crt', join(made, 'nats-ca.crt'))
      .replace('$POD_NAME', 'nats-0')
      .replace('$MAX_FILE_STORE', valuesOf('multi-tenant').nats.maxFileStore)
      // Servers of tests may be older than those of the cluster, and do not know these.
      .replaceAll(/^ *(sync_interval|min_version):.*$/gm, '');
    mkdirSync(join(folder.path, 'nats'));
    mkdirSync(join(folder.path, 'nats-users'));
    const file = join(folder.path, 'nats', 'nats.conf');
    writeFileSync(file, configuration);
    writeFileSync(join(folder.path, 'nats-users', 'authorization.conf'), secrets.fileOf('nats/authorization.conf'));
    await run(locateNatsServer(dataDir)!.path, ['-t', '-c', file]);

    const tls = /^tls \{[^}]*\}/m.exec(configuration)?.[0];
    await using nats = await startTestNats({ configuration: `${tls}\n${secrets.fileOf('nats/authorization.conf')}` });
    const NATS_URL = nats.url.replace('127.0.0.1', 'localhost');
    const access = { NATS_URL, NATS_CA: secrets.fileOf('nats-ca.crt') };
    const connection = await connectBus(
      { ...access, NATS_NKEY_SEED: new Secret(secrets.fileOf('nats/gateway.seed').trim()) },
      'gateway',
    );
    await connection.close();
    await expect(connectBus(access, 'gateway')).rejects.toThrow(/authorization/i);
  });
});
