/** Gateway, auth, analytics, dispatcher, webhooks: alike processes without a volume, as many as are wanted. */
import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import { asText, not, when } from '../parameters.ts';
import type { Values } from '../values.ts';
import { metaOf, ports, selectorOf } from './names.ts';
import { podOf, secretFile, shutdownGraceSeconds, type TargetPod } from './pod.ts';
import type { Resource } from './resource.ts';

/** Targets that run as Deployments. */
const deployments = (values: Values): IDeployment[] =>
  [
    deployment(gatewayPod(values), when(not(values.gateway.autoscaling), values.gateway.replicas)),
    deployment(
      storing(values, 'auth', [{ name: 'DEFAULT_PLAN', value: asText(values.defaultPlan) }]),
      values.auth.replicas,
    ),
    deployment(storing(values, 'analytics'), values.analytics.replicas),
    // Where KEDA owns the number, naming one would fight it with every apply.
    deployment(storing(values, 'dispatcher'), when(not(values.keda.enabled), values.dispatcher.replicas)),
    deployment(storing(values, 'webhooks'), when(not(values.keda.enabled), values.webhooks.replicas)),
  ].map((make) => make(values));

const deployment =
  (pod: TargetPod, replicas: number) =>
  (values: Values): IDeployment => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metaOf(pod.part),
    spec: {
      replicas,
      revisionHistoryLimit: 5,
      selector: { matchLabels: selectorOf(pod.part) },
      // The next one is ready before one stops.
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: podOf(values, pod),
    },
  });

type Storing = 'auth' | 'analytics' | 'dispatcher' | 'webhooks';
const storing = (values: Values, target: Storing, env: TargetPod['env'] = []): TargetPod => ({
  part: target,
  target,
  isStoring: true,
  env,
  further: values[target].env,
  resources: values[target].resources,
});

const gatewayPod = (values: Values): TargetPod => ({
  part: 'gateway',
  target: 'gateway',
  ports: [{ name: 'http', containerPort: ports.api }],
  env: [
    { name: 'PORT', value: String(ports.api) },
    { name: 'SHUTDOWN_GRACE', value: `${shutdownGraceSeconds}s` },
    { name: 'PUBLIC_URL', value: values.publicUrl },
    { name: 'WAM_DEFAULT_NETWORK', value: asText(values.defaultNetwork) },
    { name: 'TRUST_PROXY', value: asText(values.trustProxy) },
    // Opens numbers and texts of events and nothing else: the KEK is not at the edge.
    { name: 'WAM_MESSAGE_KEY_FILE', value: secretFile('message-key') },
    when(values.valkey.enabled, { name: 'REDIS_URL', value: `redis://valkey:${ports.valkey}` }),
  ],
  further: values.gateway.env,
  resources: values.gateway.resources,
});

export const targetObjects = (values: Values): Resource[] => [
  ...deployments(values),
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metaOf('gateway'),
    spec: { selector: selectorOf('gateway'), ports: [{ name: 'http', port: ports.api, targetPort: 'http' }] },
  },
  when(values.gateway.autoscaling, {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: metaOf('gateway'),
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'gateway' },
      minReplicas: values.gateway.replicas,
      maxReplicas: values.gateway.maxReplicas,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
      ],
      // Sockets of followers move with every gateway that goes: slowly, one at a time.
      behavior: {
        scaleDown: { stabilizationWindowSeconds: 300, policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }] },
      },
    },
  }),
];
