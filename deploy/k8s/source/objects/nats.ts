/** The bus in this namespace: three servers, each message on the disks of two of them before it counts as stored. */
import { isGiven, when } from '../parameters.ts';
import type { Values } from '../values.ts';
import { budget } from './engines.ts';
import { metaOf, nameLabel, ports, selectorOf } from './names.ts';
import { containerSecurity, podSecurity, spreadOf } from './pod.ts';
import { policy, tcp } from './policy.ts';
import type { Resource } from './resource.ts';

const image = 'nats:2.15.1-alpine';
const servers = ['nats-0', 'nats-1', 'nats-2'];
/** Where `wam doctor` asks each of them. */
export const monitorUrls = servers.map((server) => `http://${server}.nats:${ports.natsMonitor}`).join(',');

const configuration = `port: ${ports.nats}
server_name: $POD_NAME
http_port: ${ports.natsMonitor}
pid_file: /tmp/nats.pid
max_payload: 4194304
# Told to go, a server moves its leaders and clients first.
lame_duck_grace_period: 5s
lame_duck_duration: 30s
jetstream {
  store_dir: /data
  # Without it each start takes three quarters of what is free then: less than what is stored already, once that is 43 % of the volume, and nothing more is stored.
  max_file_store: $MAX_FILE_STORE
  # Two minutes by default: a power cut would lose what was acknowledged in them.
  sync_interval: always
}
tls {
  cert_file: /etc/nats-tls/tls.crt
  key_file: /etc/nats-tls/tls.key
  ca_file: /etc/nats-tls/ca.crt
  min_version: "1.3"
}
cluster {
  name: wamessenger
  port: ${ports.natsCluster}
  routes: [${servers.map((server) => `nats://${server}.nats:${ports.natsCluster}`).join(', ')}]
  tls {
    cert_file: /etc/nats-tls/tls.crt
    key_file: /etc/nats-tls/tls.key
    ca_file: /etc/nats-tls/ca.crt
    verify: true
  }
}
# One user per service, made by \`wam nats credentials\`.
include ../nats-users/authorization.conf
`;

const health = (query: string) => ({ httpGet: { path: `/healthz${query}`, port: 'monitor' }, timeoutSeconds: 5 });

export const natsObjects = (values: Values): Resource[] =>
  objects(values).map((object) => when(values.nats.enabled, object));

const objects = ({ nats }: Values): Resource[] => [
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: metaOf('nats'), automountServiceAccountToken: false },
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metaOf('nats'),
    data: { 'nats.conf': configuration },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: metaOf('nats'),
    spec: {
      serviceName: 'nats',
      replicas: servers.length,
      // They find each other at the start; an update goes one by one all the same.
      podManagementPolicy: 'Parallel',
      revisionHistoryLimit: 5,
      selector: { matchLabels: selectorOf('nats') },
      template: {
        metadata: { labels: selectorOf('nats') },
        spec: {
          serviceAccountName: 'nats',
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: podSecurity,
          terminationGracePeriodSeconds: 60,
          topologySpreadConstraints: spreadOf('nats'),
          containers: [
            {
              name: 'nats',
              image,
              args: ['-c', '/etc/nats/nats.conf'],
              env: [
                { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
                { name: 'MAX_FILE_STORE', value: nats.maxFileStore },
              ],
              ports: [
                { name: 'client', containerPort: ports.nats },
                { name: 'cluster', containerPort: ports.natsCluster },
                { name: 'monitor', containerPort: ports.natsMonitor },
              ],
              lifecycle: { preStop: { exec: { command: ['nats-server', '-sl=ldm=/tmp/nats.pid'] } } },
              // All of it: the next server may go only when this one has its copies of streams and consumers again, up to 90 days of events.
              startupProbe: { ...health(''), periodSeconds: 5, failureThreshold: 120 },
              readinessProbe: { ...health('?js-server-only=true'), periodSeconds: 10, failureThreshold: 3 },
              livenessProbe: { ...health('?js-enabled-only=true'), periodSeconds: 30, failureThreshold: 3 },
              resources: nats.resources,
              securityContext: containerSecurity,
              volumeMounts: [
                { name: 'data', mountPath: '/data' },
                { name: 'tmp', mountPath: '/tmp' },
                { name: 'configuration', mountPath: '/etc/nats', readOnly: true },
                { name: 'tls', mountPath: '/etc/nats-tls', readOnly: true },
                { name: 'users', mountPath: '/etc/nats-users', readOnly: true },
              ],
            },
          ],
          volumes: [
            { name: 'tmp', emptyDir: { sizeLimit: '64Mi' } },
            { name: 'configuration', configMap: { name: 'nats' } },
            { name: 'tls', secret: { secretName: 'nats-tls', defaultMode: 0o440 } },
            { name: 'users', secret: { secretName: 'nats-users', defaultMode: 0o440 } },
          ],
        },
      },
      volumeClaimTemplates: [
        {
          metadata: { name: 'data' },
          spec: {
            accessModes: ['ReadWriteOnce'],
            storageClassName: when(isGiven(nats.storageClass), nats.storageClass),
            resources: { requests: { storage: nats.storage } },
          },
        },
      ],
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metaOf('nats'),
    spec: {
      clusterIP: 'None',
      // Before they are ready: they need each other to become it.
      publishNotReadyAddresses: true,
      selector: selectorOf('nats'),
      ports: [
        { name: 'client', port: ports.nats, targetPort: 'client' },
        { name: 'cluster', port: ports.natsCluster, targetPort: 'cluster' },
      ],
    },
  },
  budget('nats'),
  policy('nats', {
    podSelector: { matchLabels: selectorOf('nats') },
    policyTypes: ['Ingress', 'Egress'],
    ingress: [
      { from: [{ podSelector: { matchLabels: nameLabel } }], ports: tcp(ports.nats) },
      {
        from: [{ podSelector: { matchLabels: selectorOf('nats') } }],
        ports: tcp(ports.natsCluster),
      },
      { from: [{ podSelector: { matchLabels: selectorOf('toolbox') } }], ports: tcp(ports.natsMonitor) },
    ],
    egress: [
      {
        to: [{ podSelector: { matchLabels: selectorOf('nats') } }],
        ports: tcp(ports.natsCluster),
      },
    ],
  }),
  policy('doctor-reaches-nats', {
    podSelector: { matchLabels: selectorOf('toolbox') },
    policyTypes: ['Egress'],
    egress: [{ to: [{ podSelector: { matchLabels: selectorOf('nats') } }], ports: tcp(ports.natsMonitor) }],
  }),
];
