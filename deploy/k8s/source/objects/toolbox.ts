/** Where operators run `wam` (dead letters, plans, rebuilds, keys): `kubectl exec deploy/toolbox -- node apps/wam/src/main.ts …`. It has the rights of the user `operator` and does nothing by itself. */
import { isGiven, when } from '../parameters.ts';
import type { Values } from '../values.ts';
import { imageOf, metaOf, selectorOf, storingLabel } from './names.ts';
import { monitorUrls } from './nats.ts';
import {
  commonEnv,
  containerSecurity,
  podSecurity,
  secretMount,
  secretVolume,
  storingEnv,
  storingMounts,
  storingVolumes,
} from './pod.ts';
import type { Resource } from './resource.ts';

const idle = "process.on('SIGTERM', () => process.exit()); setInterval(() => {}, 1e9)";
const alive = { exec: { command: ['true'] }, periodSeconds: 60 };

export const toolboxObjects = (values: Values): Resource[] =>
  objects(values).map((object) => when(values.toolbox.enabled, object));

const objects = (values: Values): Resource[] => [
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: metaOf('toolbox'), automountServiceAccountToken: false },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metaOf('toolbox'),
    spec: {
      replicas: 1,
      revisionHistoryLimit: 5,
      selector: { matchLabels: selectorOf('toolbox') },
      template: {
        metadata: { labels: { ...selectorOf('toolbox'), ...storingLabel } },
        spec: {
          serviceAccountName: 'toolbox',
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: podSecurity,
          imagePullSecrets: when(isGiven(values.image.pullSecret), [{ name: values.image.pullSecret }]),
          terminationGracePeriodSeconds: 5,
          containers: [
            {
              name: 'toolbox',
              image: imageOf(values),
              imagePullPolicy: values.image.pullPolicy,
              command: ['node', '-e', idle],
              env: [
                ...commonEnv(values),
                ...storingEnv,
                when(values.nats.enabled, { name: 'NATS_MONITOR_URL', value: monitorUrls }),
              ],
              startupProbe: alive,
              readinessProbe: alive,
              livenessProbe: alive,
              // A rebuild or a backup takes what a small service takes.
              resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '1Gi' } },
              securityContext: containerSecurity,
              volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }, secretMount, ...storingMounts],
            },
          ],
          volumes: [{ name: 'tmp', emptyDir: { sizeLimit: '4Gi' } }, secretVolume('operator'), ...storingVolumes],
        },
      },
    },
  },
];
