/** Postgres by the CloudNativePG operator: three servers, TLS by its own authority, a commit waits for a second server. */
import { isGiven, when } from '../parameters.ts';
import type { Values } from '../values.ts';
import { metaOf, storingLabel } from './names.ts';
import { policy, tcp } from './policy.ts';
import type { Resource } from './resource.ts';

const servers = { matchLabels: { 'cnpg.io/cluster': 'postgres' } };
/** The status port of an instance, which the operator and the other instances ask. */
const statusPort = 8000;

export const postgresObjects = (values: Values): Resource[] =>
  objects(values).map((object) => when(values.postgres.enabled, object));

const objects = ({ postgres }: Values): Resource[] => [
  {
    apiVersion: 'postgresql.cnpg.io/v1',
    kind: 'Cluster',
    metadata: metaOf('postgres'),
    spec: {
      instances: postgres.instances,
      imageName: 'ghcr.io/cloudnative-pg/postgresql:18.0',
      primaryUpdateStrategy: 'unsupervised',
      enablePDB: true,
      storage: {
        size: postgres.storage,
        storageClass: when(isGiven(postgres.storageClass), postgres.storageClass),
      },
      bootstrap: { initdb: { database: 'wam', owner: 'wam', dataChecksums: true, secret: { name: 'wam-postgres' } } },
      managed: {
        // Makes the roles of the services, see docs/operations.md.
        roles: [
          { name: 'wam', ensure: 'present', login: true, createrole: true, passwordSecret: { name: 'wam-postgres' } },
        ],
      },
      postgresql: {
        parameters: {
          max_connections: '400',
          idle_in_transaction_session_timeout: '60s',
          ssl_min_protocol_version: 'TLSv1.3',
        },
        // A 2xx means stored: also when the node of the primary burns.
        synchronous: { method: 'any', number: 1, dataDurability: 'required' },
        // Nothing without TLS from other pods.
        pg_hba: ['hostnossl all all all reject'],
      },
      resources: postgres.resources,
      affinity: {
        enablePodAntiAffinity: true,
        topologyKey: 'kubernetes.io/hostname',
        podAntiAffinityType: 'preferred',
      },
    },
  },
  policy('postgres', {
    podSelector: servers,
    policyTypes: ['Ingress', 'Egress'],
    ingress: [
      {
        from: [{ podSelector: { matchLabels: storingLabel } }],
        ports: tcp(5432),
      },
      { from: [{ podSelector: servers }], ports: tcp(5432, statusPort) },
      {
        from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'cnpg-system' } } }],
        ports: tcp(5432, statusPort),
      },
    ],
    egress: [
      { to: [{ podSelector: servers }], ports: tcp(5432, statusPort) },
      // An instance asks the API server what it should be; the addresses of that are nobody's to know.
      { ports: tcp(443, 6443) },
    ],
  }),
];
