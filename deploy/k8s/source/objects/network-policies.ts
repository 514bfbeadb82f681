/** Who may talk to whom. Nothing at all is the rule; each policy after it allows one thing. */
import { not, when } from '../parameters.ts';
import type { Values } from '../values.ts';
import { nameLabel, poolLabel, ports, selectorOf, storingLabel } from './names.ts';
import { policy, tcp } from './policy.ts';
import type { Resource } from './resource.ts';

/** Engines of every pool, dedicated ones included: known by what only they have. */
const engines = { matchExpressions: [{ key: poolLabel, operator: 'Exists' as const }] };
const ours = { matchLabels: nameLabel };
const infrastructure = ['nats', 'valkey'];
/** Pods that run a target or `prepare`. */
const targets = {
  matchLabels: nameLabel,
  matchExpressions: [{ key: 'app.kubernetes.io/component', operator: 'NotIn' as const, values: infrastructure }],
};
const storing = { matchLabels: storingLabel };

/** Not the cluster, not the machine's own addresses, not the metadata of a cloud: the internet. */
const internet = {
  ipBlock: {
    cidr: '0.0.0.0/0',
    except: [
      '0.0.0.0/8',
      '10.0.0.0/8',
      '100.64.0.0/10',
      '127.0.0.0/8',
      '169.254.0.0/16',
      '172.16.0.0/12',
      '192.168.0.0/16',
      '198.18.0.0/15',
      '224.0.0.0/4',
      '240.0.0.0/4',
    ],
  },
};

export const networkPolicies = (values: Values): Resource[] => [
  policy('default-deny', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] }),
  policy('reach-dns', {
    podSelector: {},
    policyTypes: ['Egress'],
    egress: [
      {
        to: [
          { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } },
          // NodeLocal DNSCache.
          { ipBlock: { cidr: '169.254.20.10/32' } },
        ],
        ports: [
          { protocol: 'UDP', port: 53 },
          { protocol: 'TCP', port: 53 },
        ],
      },
    ],
  }),
  policy('reach-nats', {
    podSelector: targets,
    policyTypes: ['Egress'],
    egress: [{ to: [{ podSelector: { matchLabels: selectorOf('nats') } }], ports: tcp(ports.nats) }],
  }),
  // Servers elsewhere have addresses that are not known here.
  when(
    not(values.nats.enabled),
    policy('reach-nats-outside', {
      podSelector: targets,
      policyTypes: ['Egress'],
      egress: [{ to: [{ ipBlock: { cidr: '0.0.0.0/0' } }], ports: tcp(ports.nats) }],
    }),
  ),
  policy('reach-postgres', {
    podSelector: storing,
    policyTypes: ['Egress'],
    egress: [{ to: [{ podSelector: { matchLabels: { 'cnpg.io/cluster': 'postgres' } } }], ports: tcp(5432) }],
  }),
  when(
    not(values.postgres.enabled),
    policy('reach-postgres-outside', {
      podSelector: storing,
      policyTypes: ['Egress'],
      egress: [{ to: [{ ipBlock: { cidr: values.postgres.cidr } }], ports: tcp(values.postgres.port) }],
    }),
  ),
  policy('admit-clients', {
    podSelector: { matchLabels: selectorOf('gateway') },
    policyTypes: ['Ingress'],
    ingress: [{ ports: tcp(ports.api) }],
  }),
  policy('admit-metrics', {
    podSelector: ours,
    policyTypes: ['Ingress'],
    ingress: [
      {
        from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': values.monitoring.namespace } } }],
        ports: tcp(ports.management),
      },
    ],
  }),
  policy('reach-collector', {
    podSelector: targets,
    policyTypes: ['Egress'],
    egress: [
      {
        to: [
          {
            namespaceSelector: {
              matchLabels: { 'kubernetes.io/metadata.name': values.monitoring.collectorNamespace },
            },
          },
        ],
        ports: tcp(ports.collector),
      },
    ],
  }),
  policy('engines-reach-whatsapp', {
    podSelector: engines,
    policyTypes: ['Egress'],
    egress: [{ to: [internet], ports: tcp(443) }],
  }),
  // The second wall behind the guard of the service itself: receivers are public addresses.
  policy('webhooks-reach-receivers', {
    podSelector: { matchLabels: selectorOf('webhooks') },
    policyTypes: ['Egress'],
    egress: [{ to: [internet] }],
  }),
];
