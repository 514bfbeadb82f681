/** The simulated network and the engines that talk to it. */
import { when } from '../parameters.ts';
import type { Values } from '../values.ts';
import { poolObjects } from './engines.ts';
import { metaOf, poolLabel, ports, selectorOf } from './names.ts';
import { podOf } from './pod.ts';
import { policy, tcp } from './policy.ts';
import type { Resource } from './resource.ts';

export const sandboxObjects = (values: Values): Resource[] =>
  [
    ...poolObjects(values, {
      part: 'session-engine-sandbox',
      pool: 'sandbox',
      network: 'sandbox',
      replicas: values.sandbox.engines,
    }),
    ...networkObjects(values),
  ].map((object) => when(values.sandbox.enabled, object));

const networkObjects = (values: Values): Resource[] => [
  {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: metaOf('sandbox'),
    spec: {
      serviceName: 'sandbox',
      replicas: 1,
      revisionHistoryLimit: 5,
      selector: { matchLabels: selectorOf('sandbox') },
      template: podOf(values, {
        part: 'sandbox',
        target: 'sandbox',
        ports: [{ name: 'network', containerPort: ports.sandbox }],
        env: [
          { name: 'SANDBOX_HOST', value: '0.0.0.0' },
          { name: 'SANDBOX_PORT', value: String(ports.sandbox) },
          { name: 'WAM_DATA_DIR', value: '/data' },
        ],
        resources: values.sandbox.resources,
        mounts: [{ name: 'data', mountPath: '/data' }],
      }),
      volumeClaimTemplates: [
        {
          metadata: { name: 'data' },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: values.sandbox.storage } } },
        },
      ],
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metaOf('sandbox'),
    spec: { selector: selectorOf('sandbox'), ports: [{ name: 'network', port: ports.sandbox, targetPort: 'network' }] },
  },
  policy('engines-reach-sandbox', {
    podSelector: { matchLabels: { [poolLabel]: 'sandbox' } },
    policyTypes: ['Egress'],
    egress: [
      {
        to: [{ podSelector: { matchLabels: selectorOf('sandbox') } }],
        ports: tcp(ports.sandbox),
      },
    ],
  }),
  policy('sandbox-admits-engines', {
    podSelector: { matchLabels: selectorOf('sandbox') },
    policyTypes: ['Ingress'],
    ingress: [
      {
        from: [{ podSelector: { matchLabels: { [poolLabel]: 'sandbox' } } }],
        ports: tcp(ports.sandbox),
      },
    ],
  }),
];
