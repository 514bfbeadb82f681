import { execFile } from 'node:child_process';
import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { locateClusterTool } from '@wam/local-infra';
import { temporaryDirectory } from '@wam/testkit';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { findFaults, type ParsedObject } from './source/checks/find-faults.ts';
import { findViolations } from './source/checks/find-violations.ts';
import { namespace } from './source/objects/namespace.ts';
import { overlays } from './source/overlays.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const chart = fileURLToPath(new URL('../helm/wamessenger', import.meta.url));
const dataDir = process.env.WAM_DATA_DIR ?? `${root}/.wam`;
const [kubectl, helm] = [locateClusterTool('kubectl', dataDir), locateClusterTool('helm', dataDir)];
if (kubectl === undefined || helm === undefined)
  console.warn('manifests are not rendered: no kubectl or no helm here (`npm test` fetches them on linux-x64)');

const parse = (text: string): ParsedObject[] =>
  parseAllDocuments(text)
    .map((document) => document.toJS() as ParsedObject | null)
    .filter((object) => object !== null);
async function output(program: string | undefined, ...args: string[]): Promise<string> {
  const { stdout } = await run(program ?? 'nothing', args, { maxBuffer: 32 * 1024 * 1024 });
  return stdout;
}
const kustomized = async (folder: string) => parse(await output(kubectl, 'kustomize', `${root}/deploy/k8s/${folder}`));
const template = (...args: string[]) => output(helm, 'template', 'wam', chart, '--namespace', namespace, ...args);

/** Without what only says where it is, and with lists that have no order in theirs. */
function comparable(objects: readonly ParsedObject[]): Record<string, unknown> {
  const own = objects.filter(({ kind }) => kind !== 'Namespace');
  return Object.fromEntries(
    own.map(({ metadata: { namespace: _, ...metadata }, ...object }) => [
      `${object.kind}/${metadata.name}`,
      sorted({ ...object, metadata }),
    ]),
  );
}
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    const key = ['name', 'mountPath'].find((candidate) => value.every((element) => isNamed(element, candidate)));
    const elements = value.map(sorted);
    if (key === undefined) return elements;
    const nameOf = (element: unknown) => String((element as Record<string, unknown>)[key]);
    return elements.sort((a, b) => nameOf(a).localeCompare(nameOf(b)));
  }
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, element]) => [key, sorted(element)]));
}
const isNamed = (element: unknown, key: string): boolean =>
  element !== null && typeof element === 'object' && key in element;

/** As far as it is compared. */
interface PodSpec {
  containers: [{ image: string; securityContext: object; env: { name: string; value: string }[] }];
  volumes: { secret?: { secretName: string } }[];
}
const whatItMay = ({ containers: [container], volumes }: PodSpec) => ({
  image: container.image,
  security: container.securityContext,
  env: Object.fromEntries(container.env.map(({ name, value }) => [name, value])),
  secrets: volumes.flatMap(({ secret }) => secret?.secretName ?? []),
});

describe.skipIf(kubectl === undefined || helm === undefined)('rendered by kubectl and helm', () => {
  test.each([
    ['base', 'base', []],
    ...Object.keys(overlays).map(
      (name) => [name, `overlays/${name}`, ['--values', `${chart}/examples/${name}.yaml`]] as const,
    ),
  ] as const)('Kustomize and the chart make the same objects of %s, and they are sound', async (_, folder, values) => {
    const [byKustomize, byHelm] = [await kustomized(folder), parse(await template(...values))];
    expect(comparable(byHelm)).toEqual(comparable(byKustomize));
    expect(byKustomize.flatMap(findFaults)).toEqual([]);
    expect(findViolations(byKustomize)).toEqual([]);
  });

  test('every overlay puts every object into its namespace', async () => {
    const objects = await kustomized('overlays/dedicated-tenant');
    const elsewhere = objects.filter(({ kind, metadata }) => kind !== 'Namespace' && metadata.namespace !== namespace);
    expect(elsewhere).toEqual([]);
  });

  test('the overlay of the documentation, on top of ours, renders and does what it says', async () => {
    const page = readFileSync(`${root}/docs/kubernetes.md`, 'utf8');
    const [example = ''] = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map((block) => block[1]);
    await using folder = await temporaryDirectory('wam-overlay-');
    const text = example.replace('../../deploy', relative(realpathSync(folder.path), `${root}/deploy`));
    writeFileSync(`${folder.path}/kustomization.yaml`, text);
    const objects = parse(await output(kubectl, 'kustomize', folder.path));
    expect(objects.find(({ kind }) => kind === 'Ingress')).toMatchObject({
      spec: { rules: [{ host: 'wa.example.com' }] },
    });
    const gateway = JSON.stringify(
      objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'gateway'),
    );
    expect(gateway).toContain('"image":"registry.example.com/wamessenger:0.1.0"');
    expect(gateway).toContain('{"name":"PUBLIC_URL","value":"https://wa.example.com"}');
    expect(objects.flatMap(findFaults)).toEqual([]);
    expect(findViolations(objects)).toEqual([]);
  });

  test('the pod that restores a backup is a sound one, with the settings and the Secrets of the Job that prepares', async () => {
    const page = readFileSync(`${root}/docs/procedures/back-up-and-restore.md`, 'utf8');
    const [pod] = parse(/```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? '');
    expect(findFaults(pod!)).toEqual([]);
    const job = (await kustomized('overlays/single-tenant')).find(({ kind }) => kind === 'Job');
    const { metadata, spec } = (job as unknown as { spec: { template: { metadata: object; spec: PodSpec } } }).spec
      .template;
    const preparing = whatItMay(spec);
    const { DATABASE_ROLES_FILE: _, LOG_LEVEL: __, ...env } = preparing.env;
    expect(whatItMay((pod as unknown as { spec: PodSpec }).spec)).toEqual({
      ...preparing,
      env: { ...env, WAM_KEK_FILE: '/run/secrets/kek/kek' },
      secrets: ['wam-prepare', 'wam-operator', 'postgres-ca'],
    });
    expect(pod).toMatchObject({ metadata });
  });

  test('the chart is what helm lint accepts', async () => {
    expect(await output(helm, 'lint', '--strict', chart)).toContain('0 chart(s) failed');
  });

  test('values change what they say', async () => {
    const text = await template(
      ...['--set', 'image.repository=registry.example.com/wam,image.tag=1.2.3,image.pullSecret=registry'],
      ...[
        '--set',
        'gateway.env.FEED_CONNECTIONS=5,gateway.autoscaling=false,gateway.replicas=7,gateway.drainSeconds=90',
      ],
      ...['--set', 'ingress.enabled=true,ingress.annotations.a=b'],
    );
    const objects = parse(text);
    const find = (kind: string, name: string) =>
      objects.find((object) => object.kind === kind && object.metadata.name === name);
    expect(find('Job', 'prepare-1-2-3')).toBeDefined();
    expect(find('HorizontalPodAutoscaler', 'gateway')).toBeUndefined();
    expect(find('Ingress', 'gateway')).toMatchObject({ metadata: { annotations: { a: 'b' } } });
    expect(find('Deployment', 'gateway')).toMatchObject({
      spec: {
        replicas: 7,
        template: {
          spec: {
            imagePullSecrets: [{ name: 'registry' }],
            terminationGracePeriodSeconds: 125,
            containers: [
              {
                image: 'registry.example.com/wam:1.2.3',
                env: expect.arrayContaining([{ name: 'FEED_CONNECTIONS', value: '5' }]),
              },
            ],
          },
        },
      },
    });
    expect(objects.flatMap(findFaults)).toEqual([]);
  });

  test.each([
    ['gateway.replica=3', /replica/],
    ['gateway.env.FEED_CONECTIONS=3', /FEED_CONECTIONS/],
    ['gateway.env.WAM_MESSAGE_KEY=x', /WAM_MESSAGE_KEY/],
    ['image.tag=latest', /image.tag/],
    ['gateway.replicas=none', /replicas/],
    ['sessionEngine.resources.limits.memori=1Gi', /memori/],
  ])('helm refuses %s by the schema of the values', async (assignment, fault) => {
    await expect(template('--set', assignment)).rejects.toThrow(fault);
  });
});
