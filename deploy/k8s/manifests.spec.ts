import { describe, expect, test } from 'vitest';
import { settingsRead } from '../../apps/wam/src/commands/settings.ts';
import { targetNames } from '../../apps/wam/src/targets/target.ts';
import { findFaults, type ParsedObject } from './source/checks/find-faults.ts';
import { findViolations } from './source/checks/find-violations.ts';
import { generatedFiles, staleFiles } from './source/generated-files.ts';
import { overlays, valuesOf } from './source/overlays.ts';
import { objectsOf } from './source/render/kustomize.ts';
import { defaults } from './source/values.ts';

interface Container {
  args?: string[];
  env?: { name: string }[];
}
interface Workload extends ParsedObject {
  spec: { template: { spec: { containers: Container[] } } };
}
const installations = [
  ['base', defaults] as const,
  ...Object.keys(overlays).map((name) => [name, valuesOf(name)] as const),
];

test('what is committed is what the source makes', () => {
  expect(staleFiles(generatedFiles()), 'run `npm run manifests:generate`').toEqual([]);
});

describe.each(installations)('the objects of %s', (_, values) => {
  const objects = objectsOf(values) as ParsedObject[];
  const ours = objects
    .filter((object): object is Workload => ['Deployment', 'StatefulSet', 'Job'].includes(object.kind))
    .flatMap(({ spec }) => spec.template.spec.containers)
    .map(({ args = [], env = [] }) => ({ target: args.at(-1)?.replace('--target=', '') ?? '', env }))
    .filter(({ target }) => ['prepare', ...targetNames].includes(target));

  test('are what the API takes, without a key it does not know', () => {
    expect(objects.flatMap(findFaults)).toEqual([]);
  });

  test('keep the rules of this platform', () => {
    expect(findViolations(objects)).toEqual([]);
  });

  test('stop storing events after VolumeNearlyFull has told, and before the volume is full', () => {
    const gibibytes = (size: string) => Number(/^(\d+)(?:Gi|GB)$/.exec(size)?.[1]);
    const share = gibibytes(values.nats.maxFileStore) / gibibytes(values.nats.storage);
    expect(share).toBeGreaterThan(0.85);
    expect(share).toBeLessThan(0.95);
  });

  test('run every target, and give each only settings that it reads', () => {
    const wanted = targetNames.filter((target) => target !== 'sandbox' || values.sandbox.enabled);
    expect(new Set(ours.map(({ target }) => target))).toEqual(new Set(['prepare', ...wanted]));
    const unknown = ours.flatMap(({ target, env }) =>
      env.map(({ name }) => name).filter((name) => !settingsRead(target).includes(name.replace(/_FILE$/, ''))),
    );
    expect(unknown).toEqual([]);
  });

  test('have names of their own', () => {
    const names = objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    expect(new Set(names).size).toBe(names.length);
  });
});

/** A copy of an installation with one thing changed in one object. */
function changed(kind: string, name: string, change: (object: never) => void): ParsedObject[] {
  const objects = structuredClone(objectsOf(valuesOf('multi-tenant')) as ParsedObject[]);
  change(objects.find((object) => object.kind === kind && object.metadata.name === name) as never);
  return objects;
}
interface Pod {
  spec: {
    replicas?: number;
    template: {
      spec: {
        securityContext?: object;
        terminationGracePeriodSeconds?: number;
        automountServiceAccountToken?: boolean;
        containers: [
          {
            image: string;
            startupProbe?: object;
            resources: object;
            securityContext: object;
            env: { name: string; value: string }[];
          },
        ];
      };
    };
  };
}
const gatewayWith = (change: (pod: Pod['spec']['template']['spec']) => void) =>
  changed('Deployment', 'gateway', ({ spec }: Pod) => change(spec.template.spec));

test('the time to drain and the time until a gateway is killed come of one value', () => {
  const objects = objectsOf({ ...defaults, gateway: { ...defaults.gateway, drainSeconds: 90 } }) as ParsedObject[];
  const gateway = objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'gateway') as never;
  const { terminationGracePeriodSeconds, containers } = (gateway as Pod).spec.template.spec;
  expect(terminationGracePeriodSeconds).toBe(90 + 35);
  expect(containers[0].env).toContainEqual({ name: 'DRAIN_DELAY', value: '90s' });
  expect(findViolations(objects)).toEqual([]);
});

describe('a bad sample is found', () => {
  test.each<[string, () => ParsedObject[]]>([
    ['Deployment/gateway: may run as root', () => gatewayWith((pod) => delete pod.securityContext)],
    [
      'Deployment/gateway: mounts a folder of its node',
      () => gatewayWith((pod) => Object.assign(pod, { volumes: [{ name: 'a', hostPath: { path: '/' } }] })),
    ],
    [
      'Deployment/gateway: shares something with its node',
      () => gatewayWith((pod) => Object.assign(pod, { hostNetwork: true })),
    ],
    [
      'Deployment/gateway: has a token for the API of the cluster',
      () => gatewayWith((pod) => delete pod.automountServiceAccountToken),
    ],
    ['Deployment/gateway: gateway lacks a probe', () => gatewayWith((pod) => delete pod.containers[0].startupProbe)],
    [
      'Deployment/gateway: gateway runs wamessenger:latest, which is no version',
      () => gatewayWith((pod) => (pod.containers[0].image = 'wamessenger:latest')),
    ],
    [
      'Deployment/gateway: gateway runs wamessenger, which is no version',
      () => gatewayWith((pod) => (pod.containers[0].image = 'wamessenger')),
    ],
    [
      'Deployment/gateway: gateway has no limit of memory',
      () => gatewayWith((pod) => (pod.containers[0].resources = { requests: { cpu: '1', memory: '1Gi' } })),
    ],
    [
      'Deployment/gateway: gateway may gain privileges',
      () =>
        gatewayWith(
          (pod) =>
            (pod.containers[0].securityContext = { readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } }),
        ),
    ],
    [
      'Deployment/gateway: is killed before its drain can end',
      () => gatewayWith((pod) => (pod.terminationGracePeriodSeconds = 30)),
    ],
    [
      'Deployment/gateway: gateway has WAM_MESSAGE_KEY in its environment, not in a file',
      () => gatewayWith((pod) => pod.containers[0].env.push({ name: 'WAM_MESSAGE_KEY', value: 'x' })),
    ],
    [
      'Deployment/gateway: names a number of replicas that a scaler owns',
      () => changed('Deployment', 'gateway', ({ spec }: Pod) => (spec.replicas = 2)),
    ],
    [
      'no network policy denies everything to every pod',
      () =>
        changed(
          'NetworkPolicy',
          'default-deny',
          (policy: { spec: object }) => (policy.spec = { podSelector: {}, policyTypes: ['Ingress'] }),
        ),
    ],
    [
      'Deployment/auth: no disruption budget',
      () =>
        changed(
          'PodDisruptionBudget',
          'auth',
          (budget: { spec: { selector: { matchLabels: object } } }) => (budget.spec.selector.matchLabels = { a: 'b' }),
        ),
    ],
    [
      'ServiceAccount/auth: pods get a token by default',
      () =>
        changed(
          'ServiceAccount',
          'auth',
          (account: { automountServiceAccountToken?: boolean }) => delete account.automountServiceAccountToken,
        ),
    ],
  ])('%s', (violation, sample) => {
    expect(findViolations(sample())).toContain(violation);
  });

  test.each<[string, () => ParsedObject[]]>([
    [
      'Deployment/gateway: unknown key spec.template.spec.containers.0.imagePullPolice',
      () => gatewayWith((pod) => Object.assign(pod.containers[0], { imagePullPolice: 'Always' })),
    ],
    [
      'ScaledObject/dispatcher: unknown key spec.minReplicas',
      () =>
        changed('ScaledObject', 'dispatcher', ({ spec }: { spec: object }) => Object.assign(spec, { minReplicas: 1 })),
    ],
    [
      'PodMonitor/wamessenger: unknown key spec.podMetricsEndpoints.0.ports',
      () =>
        changed('PodMonitor', 'wamessenger', ({ spec }: { spec: { podMetricsEndpoints: object[] } }) =>
          Object.assign(spec.podMetricsEndpoints[0]!, { ports: 1 }),
        ),
    ],
    [
      'Cluster/postgres/spec: must not have additional properties',
      () => changed('Cluster', 'postgres', ({ spec }: { spec: object }) => Object.assign(spec, { replicas: 1 })),
    ],
  ])('%s', (fault, sample) => {
    expect(sample().flatMap(findFaults)).toContain(fault);
  });

  test('a value of the wrong kind', () => {
    const faults = changed('Deployment', 'auth', ({ spec }: Pod) => Object.assign(spec, { replicas: 'two' })).flatMap(
      findFaults,
    );
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(/^Deployment\/auth: .*replicas/);
  });
});
