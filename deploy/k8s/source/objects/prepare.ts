/** `wam prepare`: roles of the database, streams and buckets, once per version; no other pod knows an administrator of the database. A plain Job that can be applied again, since a hook would run only with Helm. */
import { asText, derived, isGiven, when } from '../parameters.ts';
import type { Values } from '../values.ts';
import { imageOf, metaOf, selectorOf, storingLabel } from './names.ts';
import {
  commonEnv,
  containerSecurity,
  podSecurity,
  secretFile,
  secretMount,
  secretVolume,
  storingMounts,
  storingVolumes,
} from './pod.ts';
import type { Resource } from './resource.ts';

/** A Job cannot be changed: another version is another one. */
const versionOf = (values: Values): string =>
  derived(
    values.image.tag,
    (tag) => tag.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'),
    (tag) => `regexReplaceAll "[^a-z0-9]+" (lower ${tag}) "-"`,
  );

export const prepareObjects = (values: Values): Resource[] => [
  {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: metaOf(`prepare-${versionOf(values)}`, 'prepare'),
    spec: {
      backoffLimit: 20,
      template: {
        metadata: { labels: { ...selectorOf('prepare'), ...storingLabel } },
        spec: {
          restartPolicy: 'OnFailure',
          serviceAccountName: 'prepare',
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: podSecurity,
          imagePullSecrets: when(isGiven(values.image.pullSecret), [{ name: values.image.pullSecret }]),
          containers: [
            {
              name: 'prepare',
              image: imageOf(values),
              imagePullPolicy: values.image.pullPolicy,
              args: ['prepare'],
              env: [
                ...commonEnv(values),
                { name: 'NATS_REPLICAS', value: asText(values.nats.replicas) },
                { name: 'DATABASE_URL_FILE', value: secretFile('database-url') },
                { name: 'DATABASE_ROLES_FILE', value: secretFile('database-roles') },
              ],
              resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '256Mi' } },
              securityContext: containerSecurity,
              volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }, secretMount, ...storingMounts],
            },
          ],
          volumes: [{ name: 'tmp', emptyDir: { sizeLimit: '1Gi' } }, secretVolume('prepare'), ...storingVolumes],
        },
      },
    },
  },
];
