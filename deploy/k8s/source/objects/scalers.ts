/**
 * KEDA asks Prometheus, not JetStream: consumers of this platform are ordered or belong to one owner, so a consumer's lag on the bus does not
 * tell what waits; the gauges of the services do.
 */
import type { IScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject';
import { asText, when } from '../parameters.ts';
import type { Values } from '../values.ts';
import { metaOf } from './names.ts';
import { namespaceOf } from './namespace.ts';
import type { Resource } from './resource.ts';

interface PrometheusScaler {
  part: string;
  kind: 'Deployment' | 'StatefulSet';
  replicas: number;
  maxReplicas: number;
  query: (namespace: string) => string;
  /** What one process should have at most. */
  threshold: number;
}

export const prometheusScaler = (values: Values, scaler: PrometheusScaler): IScaledObject => ({
  apiVersion: 'keda.sh/v1alpha1',
  kind: 'ScaledObject',
  metadata: metaOf(scaler.part),
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: scaler.kind, name: scaler.part },
    minReplicaCount: scaler.replicas,
    maxReplicaCount: scaler.maxReplicas,
    pollingInterval: 15,
    // What it has now, while Prometheus is away.
    fallback: { failureThreshold: 4, replicas: scaler.replicas, behavior: 'currentReplicasIfHigher' },
    advanced: {
      horizontalPodAutoscalerConfig: {
        behavior: {
          scaleDown: { stabilizationWindowSeconds: 600, policies: [{ type: 'Pods', value: 1, periodSeconds: 120 }] },
        },
      },
    },
    triggers: [
      {
        type: 'prometheus',
        metricType: 'AverageValue',
        metadata: {
          serverAddress: values.keda.prometheusUrl,
          query: scaler.query(namespaceOf(values)),
          threshold: asText(scaler.threshold),
        },
      },
    ],
  },
});

export const scalerObjects = (values: Values): Resource[] => [
  when(
    values.keda.enabled,
    prometheusScaler(values, {
      part: 'dispatcher',
      kind: 'Deployment',
      replicas: values.dispatcher.replicas,
      maxReplicas: values.dispatcher.maxReplicas,
      query: (namespace) => `max(wam_dispatch_due_lanes{namespace="${namespace}"})`,
      threshold: values.dispatcher.lanesPerReplica,
    }),
  ),
  when(
    values.keda.enabled,
    prometheusScaler(values, {
      part: 'webhooks',
      kind: 'Deployment',
      replicas: values.webhooks.replicas,
      maxReplicas: values.webhooks.maxReplicas,
      query: (namespace) => `max(wam_webhook_backlog{namespace="${namespace}"})`,
      threshold: values.webhooks.backlogPerReplica,
    }),
  ),
];
