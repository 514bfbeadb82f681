/**
 * Whether an object is what the API server of its kind would take: its schema, and no key that the schema does not know. The validators of
 * kubernetes-models are compiled code and pass over unknown keys; what they never look at is such a key.
 */
import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1';
import { PodMonitor, PrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import { Deployment, StatefulSet } from 'kubernetes-models/apps/v1';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import { Job } from 'kubernetes-models/batch/v1';
import { Ingress, NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { ConfigMap, Namespace, Pod, Service, ServiceAccount } from 'kubernetes-models/v1';
import { Value } from 'typebox/value';
import { postgresClusterSchema } from '../objects/postgres-cluster.ts';

interface Model {
  apiVersion: string;
  kind: string;
  prototype: { validate(): void };
}
const models: Model[] = [
  ConfigMap,
  Deployment,
  HorizontalPodAutoscaler,
  Ingress,
  Job,
  Namespace,
  NetworkPolicy,
  Pod,
  PodDisruptionBudget,
  PodMonitor,
  PrometheusRule,
  ScaledObject,
  Service,
  ServiceAccount,
  StatefulSet,
];

export interface ParsedObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
}

/** One line per fault. */
export function findFaults(object: ParsedObject): string[] {
  const name = `${object.kind}/${object.metadata.name}`;
  if (object.kind === 'Cluster') {
    return Value.Errors(postgresClusterSchema, object).map(
      ({ instancePath, message }) => `${name}${instancePath}: ${message}`,
    );
  }
  const model = models.find(({ apiVersion, kind }) => apiVersion === object.apiVersion && kind === object.kind);
  if (model === undefined) return [`${name}: nobody here knows ${object.apiVersion} ${object.kind}`];
  const { watched, unread } = watchReads(object);
  try {
    model.prototype.validate.call(watched);
  } catch (error) {
    return [`${name}: ${error instanceof Error ? error.message : String(error)}`];
  }
  return unread().map((path) => `${name}: unknown key ${path}`);
}

/** The value, and afterwards the paths of those keys that nobody read. */
function watchReads(root: object): { watched: object; unread: () => string[] } {
  const seen = new Map<object, { path: string; read: Set<string>; proxy: object }>();
  const watch = (value: unknown, path: string): unknown => {
    if (value === null || typeof value !== 'object') return value;
    const known = seen.get(value);
    if (known !== undefined) return known.proxy;
    const read = new Set<string>();
    const proxy = new Proxy(value, {
      get(target, key) {
        if (typeof key === 'symbol') return Reflect.get(target, key) as unknown;
        read.add(key);
        return watch(Reflect.get(target, key), `${path}.${key}`);
      },
    });
    seen.set(value, { path, read, proxy });
    return proxy;
  };
  const unread = () =>
    [...seen].flatMap(([value, { path, read }]) =>
      Object.keys(value)
        .filter((key) => !read.has(key))
        .map((key) => `${path}.${key}`.slice(1)),
    );
  return { watched: watch(root, '') as object, unread };
}
