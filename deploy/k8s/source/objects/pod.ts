/** The pod of a target: who it runs as, what it may write, how it is asked, what it reads. */
import type { IContainer } from 'kubernetes-models/v1/Container';
import type { IEnvVar } from 'kubernetes-models/v1/EnvVar';
import type { IPodTemplateSpec } from 'kubernetes-models/v1/PodTemplateSpec';
import type { IVolume } from 'kubernetes-models/v1/Volume';
import type { IVolumeMount } from 'kubernetes-models/v1/VolumeMount';
import { asText, isGiven, plus, variablesOf, when } from '../parameters.ts';
import type { Values } from '../values.ts';
import { imageOf, ports, selectorOf, storingLabel } from './names.ts';

export const containerSecurity = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};
export const podSecurity = {
  runAsNonRoot: true,
  runAsUser: 1000,
  runAsGroup: 1000,
  fsGroup: 1000,
  seccompProfile: { type: 'RuntimeDefault' as const },
};

/** Not on one node, not in one zone, where there are several: preferred, so that one node is enough. */
export const spreadOf = (part: string) =>
  (['kubernetes.io/hostname', 'topology.kubernetes.io/zone'] as const).map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: 'ScheduleAnyway' as const,
    labelSelector: { matchLabels: selectorOf(part) },
  }));

/** Where the keys of the Secret of a target are, each a file. */
const secretFolder = '/run/secrets/wam';
export const secretFile = (key: string) => `${secretFolder}/${key}`;

/** Requests under way at a gateway, handing sessions over at an engine. */
export const shutdownGraceSeconds = 20;
/** What starting the signal handler and closing connections may add. */
const marginSeconds = 15;

export interface TargetPod {
  part: string;
  target: string;
  env: readonly IEnvVar[];
  /** Settings given by values; a later one of the same name wins. */
  further?: Readonly<Record<string, unknown>>;
  resources: Values['gateway']['resources'];
  ports?: IContainer['ports'];
  labels?: Record<string, string>;
  mounts?: readonly IVolumeMount[];
  volumes?: readonly IVolume[];
  /** It seals and stores: it has the KEK, and the address of the database as a role of its own. */
  isStoring?: boolean;
}

export function podOf(values: Values, pod: TargetPod): IPodTemplateSpec {
  // Only the gateway has clients that come by address.
  const drainSeconds = pod.target === 'gateway' ? values.gateway.drainSeconds : 0;
  const labels = { ...selectorOf(pod.part), ...(pod.isStoring ? storingLabel : {}), ...pod.labels };
  return {
    metadata: { labels },
    spec: {
      serviceAccountName: pod.target,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: podSecurity,
      imagePullSecrets: when(isGiven(values.image.pullSecret), [{ name: values.image.pullSecret }]),
      terminationGracePeriodSeconds: plus(drainSeconds, shutdownGraceSeconds + marginSeconds),
      topologySpreadConstraints: spreadOf(pod.part),
      containers: [
        {
          name: pod.target,
          image: imageOf(values),
          imagePullPolicy: values.image.pullPolicy,
          args: ['start', `--target=${pod.target}`],
          ports: [...(pod.ports ?? []), { name: 'management', containerPort: ports.management }],
          env: [
            ...commonEnv(values),
            { name: 'MANAGEMENT_PORT', value: String(ports.management) },
            { name: 'DRAIN_DELAY', value: `${asText(drainSeconds)}s` },
            ...(pod.isStoring ? storingEnv : []),
            ...pod.env,
            ...variablesOf(pod.further ?? {}),
          ],
          ...probes,
          resources: pod.resources,
          securityContext: containerSecurity,
          volumeMounts: [
            { name: 'tmp', mountPath: '/tmp' },
            secretMount,
            ...(pod.isStoring ? storingMounts : []),
            ...(pod.mounts ?? []),
          ],
        },
      ],
      volumes: [
        { name: 'tmp', emptyDir: { sizeLimit: '1Gi' } },
        secretVolume(pod.target),
        ...(pod.isStoring ? storingVolumes : []),
        ...(pod.volumes ?? []),
      ],
    },
  };
}

export const commonEnv = (values: Values): IEnvVar[] => [
  { name: 'NATS_URL', value: values.nats.url },
  when(values.nats.secured, { name: 'NATS_NKEY_SEED_FILE', value: secretFile('nats-seed') }),
  when(values.nats.secured, { name: 'NATS_CA_FILE', value: secretFile('nats-ca') }),
  { name: 'LOG_LEVEL', value: asText(values.logLevel) },
];
export const storingEnv: IEnvVar[] = [
  { name: 'DATABASE_URL_FILE', value: secretFile('database-url') },
  { name: 'WAM_KEK_FILE', value: secretFile('kek') },
];
export const secretMount: IVolumeMount = { name: 'secrets', mountPath: secretFolder, readOnly: true };
export const secretVolume = (target: string): IVolume => ({
  name: 'secrets',
  secret: { secretName: `wam-${target}`, defaultMode: 0o440 },
});
export const storingMounts: IVolumeMount[] = [
  { name: 'postgres-ca', mountPath: '/run/secrets/postgres-ca', readOnly: true },
];
export const storingVolumes: IVolume[] = [
  // DATABASE_URL names it as sslrootcert. The operator makes it; for a database elsewhere it is there if somebody puts it there.
  {
    name: 'postgres-ca',
    secret: {
      secretName: 'postgres-ca',
      optional: true,
      items: [{ key: 'ca.crt', path: 'ca.crt' }],
      defaultMode: 0o440,
    },
  },
];

const probe = (path: string) => ({ httpGet: { path, port: 'management' as const } });
/**
 * Three questions apart. Started: the process answers at all, which compiling may delay on a busy node. Ready: its parts take work; off without Postgres
 * or NATS, and first thing of a stop. Alive: its loop turns; without Postgres or NATS it does, and a restart would not help.
 */
const probes = {
  startupProbe: { ...probe('/livez'), periodSeconds: 2, failureThreshold: 60, timeoutSeconds: 2 },
  readinessProbe: { ...probe('/readyz'), periodSeconds: 5, failureThreshold: 2, timeoutSeconds: 3 },
  livenessProbe: { ...probe('/livez'), periodSeconds: 10, failureThreshold: 6, timeoutSeconds: 5 },
};
