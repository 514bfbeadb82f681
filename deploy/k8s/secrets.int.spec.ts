import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { locateClusterTool, locateNatsServer } from '@wam/local-infra';
import { Secret } from '@wam/service-kit';
import { connectBus } from '@wam/service-kit/nats';
import { startTestNats, type TemporaryDirectory, temporaryDirectory } from '@wam/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { valuesOf } from './source/overlays.ts';
import { objectsOf } from './source/render/kustomize.ts';

const run = promisify(execFile);
const dataDir = process.env.WAM_DATA_DIR ?? fileURLToPath(new URL('../../.wam', import.meta.url));
const kubectl = locateClusterTool('kubectl', dataDir);

interface SecretObject {
  metadata: { name: string };
  data: Record<string, string>;
}
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
let secrets: Map<string, Record<string, string>>;
const fileOf = (name: string): string => readFileSync(join(made, name), 'utf8');

describe.skipIf(kubectl === undefined)('make-secrets.sh', () => {
  beforeAll(async () => {
    folder = await temporaryDirectory('wam-secrets-');
    made = join(folder.path, 'made');
    const PATH = [dirname(process.execPath), dirname(kubectl!), process.env.PATH].join(delimiter);
    await run(fileURLToPath(new URL('make-secrets.sh', import.meta.url)), [made], { env: { ...process.env, PATH } });
    const documents = parseAllDocuments(fileOf('secrets.yaml')).map(
      (document) => document.toJS() as SecretObject | null,
    );
    const objects = documents.filter((object) => object !== null);
    secrets = new Map(objects.map(({ metadata, data }) => [metadata.name, data]));
  }, 60_000);
  afterAll(() => folder?.remove());

  const workloads = (objectsOf(valuesOf('multi-tenant')) as unknown as Workload[]).filter(({ kind }) =>
    ['Deployment', 'StatefulSet', 'Job'].includes(kind),
  );

  test('makes every Secret that a pod mounts and nobody else makes', () => {
    const mounted = workloads
      .flatMap(({ spec }) => spec.template.spec.volumes)
      .flatMap(({ secret }) => (secret === undefined || secret.optional ? [] : [secret.secretName]));
    expect([...secrets.keys()]).toEqual(expect.arrayContaining([...new Set(mounted)]));
  });

  test('puts every file that a setting names into the Secret of its target', () => {
    const missing = workloads.flatMap(({ spec: { template } }) => {
      const mounted = template.spec.volumes.find(({ name }) => name === 'secrets')?.secret?.secretName ?? '';
      return template.spec.containers
        .flatMap(({ env = [] }) => env.map(({ value = '' }) => value))
        .filter((value) => value.startsWith('/run/secrets/wam/'))
        .filter((value) => secrets.get(mounted)?.[value.slice('/run/secrets/wam/'.length)] === undefined);
    });
    expect(missing).toEqual([]);
  });

  test('gives the key of everything sealed only to who seals, and never to the edge', () => {
    const holders = [...secrets].filter(([, data]) => 'kek' in data).map(([name]) => name);
    expect(holders.sort()).toEqual([
      'wam-analytics',
      'wam-auth',
      'wam-dispatcher',
      'wam-operator',
      'wam-session-engine',
      'wam-webhooks',
    ]);
  });

  test('leaves what is there as it is', async () => {
    await expect(run(fileURLToPath(new URL('make-secrets.sh', import.meta.url)), [made])).rejects.toThrow(
      /left as it is/,
    );
  });

  test('makes keys and certificates that a server takes on the configuration of the cluster, and that let only its users in, by TLS', async () => {
    const configMap = objectsOf(valuesOf('multi-tenant')).find(({ kind }) => kind === 'ConfigMap') as unknown as {
      data: Record<string, string>;
    };
    const configuration = configMap.data['nats.conf']!.replaceAll('/etc/nats-tls/tls.crt', join(made, 'nats.crt'))
      .replaceAll('/etc/nats-tls/tls.key', join(made, 'nats.key'))
      .replaceAll('/etc/nats-tls/ca.crt', join(made, 'nats-ca.crt'))
      .replace('$POD_NAME', 'nats-0')
      // Servers of tests may be older than those of the cluster, and do not know these.
      .replaceAll(/^ *(sync_interval|min_version):.*$/gm, '');
    mkdirSync(join(folder.path, 'nats'));
    mkdirSync(join(folder.path, 'nats-users'));
    const file = join(folder.path, 'nats', 'nats.conf');
    writeFileSync(file, configuration);
    writeFileSync(join(folder.path, 'nats-users', 'authorization.conf'), fileOf('nats/authorization.conf'));
    await run(locateNatsServer(dataDir)!.path, ['-t', '-c', file]);

    const tls = /^tls \{[^}]*\}/m.exec(configuration)?.[0];
    await using nats = await startTestNats({ configuration: `${tls}\n${fileOf('nats/authorization.conf')}` });
    const NATS_URL = nats.url.replace('127.0.0.1', 'localhost');
    const access = { NATS_URL, NATS_CA: fileOf('nats-ca.crt') };
    const connection = await connectBus(
      { ...access, NATS_NKEY_SEED: new Secret(fileOf('nats/gateway.seed').trim()) },
      'gateway',
    );
    await connection.close();
    await expect(connectBus(access, 'gateway')).rejects.toThrow(/authorization/i);
  });
});
