/** Session engines: per pool a StatefulSet, a budget and, with KEDA, a scaler. */
import { each, not, when } from '../parameters.ts';
import type { Values } from '../values.ts';
import { metaOf, poolLabel, ports, selectorOf } from './names.ts';
import { podOf, shutdownGraceSeconds } from './pod.ts';
import type { Resource } from './resource.ts';
import { prometheusScaler } from './scalers.ts';

interface EnginePool {
  /** Name of its objects. */
  part: string;
  pool: string;
  network: 'whatsapp' | 'sandbox';
  replicas: number;
  /** With KEDA at most; undefined for a pool whose number is fixed. */
  maxReplicas?: number;
}

export const engineObjects = (values: Values): Resource[] => [
  ...poolObjects(values, {
    part: 'session-engine',
    pool: 'whatsapp',
    network: 'whatsapp',
    replicas: values.sessionEngine.replicas,
    maxReplicas: values.sessionEngine.maxReplicas,
  }),
  ...each(values.dedicatedPools, 'pool', ({ name, replicas }) =>
    poolObjects(values, { part: `session-engine-${name}`, pool: `whatsapp-${name}`, network: 'whatsapp', replicas }),
  ).flat(),
];

export function poolObjects(values: Values, engine: EnginePool): Resource[] {
  const { part, pool, network, maxReplicas } = engine;
  const isScaled = maxReplicas !== undefined;
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: metaOf(part),
      spec: {
        serviceName: part,
        replicas: isScaled ? when(not(values.keda.enabled), engine.replicas) : engine.replicas,
        // Leases decide who serves what, not ordinals: no engine waits for another one.
        podManagementPolicy: 'Parallel',
        revisionHistoryLimit: 5,
        selector: { matchLabels: selectorOf(part) },
        // One after the other: each hands its sessions over before it goes.
        updateStrategy: { type: 'RollingUpdate' },
        template: podOf(values, {
          part,
          target: 'session-engine',
          isStoring: true,
          labels: { [poolLabel]: pool },
          env: [
            { name: 'WAM_NETWORK', value: network },
            { name: 'WAM_POOL', value: pool },
            { name: 'SHUTDOWN_GRACE', value: `${shutdownGraceSeconds}s` },
            ...(network === 'sandbox'
              ? [{ name: 'WHATSAPP_URL', value: `ws://sandbox:${ports.sandbox}/ws/chat` }]
              : []),
          ],
          further: values.sessionEngine.env,
          resources: values.sessionEngine.resources,
        }),
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: metaOf(part),
      spec: {
        clusterIP: 'None',
        selector: selectorOf(part),
        ports: [{ name: 'management', port: ports.management, targetPort: 'management' }],
      },
    },
    budget(part),
    ...(isScaled
      ? [
          when(
            values.keda.enabled,
            prometheusScaler(values, {
              part,
              kind: 'StatefulSet',
              replicas: engine.replicas,
              maxReplicas,
              query: (namespace) => `sum(wam_sessions{namespace="${namespace}",pool="${pool}"})`,
              threshold: values.sessionEngine.sessionsPerReplica,
            }),
          ),
        ]
      : []),
  ];
}

/** One at a time may be moved; none is never allowed, or a node with the only one could not be drained. */
export const budget = (part: string): Resource => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: metaOf(part),
  spec: { maxUnavailable: 1, selector: { matchLabels: selectorOf(part) }, unhealthyPodEvictionPolicy: 'AlwaysAllow' },
});
