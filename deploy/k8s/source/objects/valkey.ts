/** Counters of rate limits that all gateways share. Nothing to keep: without it, or while it starts again, each gateway counts for itself. */
import { when } from '../parameters.ts';
import type { Values } from '../values.ts';
import { metaOf, ports, selectorOf } from './names.ts';
import { containerSecurity, podSecurity } from './pod.ts';
import { policy, tcp } from './policy.ts';
import type { Resource } from './resource.ts';

export const valkeyObjects = (values: Values): Resource[] =>
  objects(values).map((object) => when(values.valkey.enabled, object));

const ping = { exec: { command: ['valkey-cli', 'ping'] }, timeoutSeconds: 3 };
const gatewayToValkey = { ports: tcp(ports.valkey) };

const objects = (values: Values): Resource[] => [
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metaOf('valkey'),
    spec: {
      replicas: 1,
      revisionHistoryLimit: 5,
      selector: { matchLabels: selectorOf('valkey') },
      template: {
        metadata: { labels: selectorOf('valkey') },
        spec: {
          serviceAccountName: 'valkey',
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: podSecurity,
          terminationGracePeriodSeconds: 10,
          containers: [
            {
              name: 'valkey',
              image: 'valkey/valkey:8.1.3-alpine',
              args: [
                ...['valkey-server', '--save', '', '--appendonly', 'no', '--dir', '/tmp'],
                ...['--maxmemory', '128mb', '--maxmemory-policy', 'allkeys-lru'],
              ],
              ports: [{ name: 'valkey', containerPort: ports.valkey }],
              startupProbe: { ...ping, periodSeconds: 2, failureThreshold: 15 },
              readinessProbe: { ...ping, periodSeconds: 5 },
              livenessProbe: { ...ping, periodSeconds: 10, failureThreshold: 6 },
              resources: values.valkey.resources,
              securityContext: containerSecurity,
              volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
            },
          ],
          volumes: [{ name: 'tmp', emptyDir: { sizeLimit: '16Mi' } }],
        },
      },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: metaOf('valkey'),
    automountServiceAccountToken: false,
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metaOf('valkey'),
    spec: { selector: selectorOf('valkey'), ports: [{ name: 'valkey', port: ports.valkey, targetPort: 'valkey' }] },
  },
  policy('gateway-reaches-valkey', {
    podSelector: { matchLabels: selectorOf('gateway') },
    policyTypes: ['Egress'],
    egress: [{ to: [{ podSelector: { matchLabels: selectorOf('valkey') } }], ...gatewayToValkey }],
  }),
  policy('valkey-admits-gateway', {
    podSelector: { matchLabels: selectorOf('valkey') },
    policyTypes: ['Ingress'],
    ingress: [{ from: [{ podSelector: { matchLabels: selectorOf('gateway') } }], ...gatewayToValkey }],
  }),
];
