import { valuesOf } from '../overlays.ts';
import { objectsOf } from '../render/kustomize.ts';
import { alerts } from './alerts.ts';
import { dashboardExpressions } from './dashboards.ts';

export interface NamedMetric {
  /** As it is exported: without the suffix of a histogram's series. */
  name: string;
  /** Labels of its matchers. */
  labels: string[];
  place: string;
}

/** Exported by others: Prometheus itself, and the kubelet. */
const foreign = ['up', 'kubelet_volume_stats_available_bytes', 'kubelet_volume_stats_capacity_bytes'];
const metricForm = /(?<![\w$"])(?<name>(?:wam|nodejs|process|up|kubelet)(?:_\w+)?)\b(?:\{(?<matchers>[^}]*)\})?/g;

/** What alerts and dashboards ask of the services. */
export const namedMetrics = (): NamedMetric[] =>
  [
    ...alerts.map(({ name, expression }) => [`alert ${name}`, expression] as const),
    ...dashboardExpressions(),
    ...scalerQueries(),
  ].flatMap(([place, expression]) =>
    [...expression.matchAll(metricForm)]
      .filter(({ groups }) => !foreign.includes(groups!.name!))
      .map(({ groups }) => ({
        name: groups!.name!.replace(/_(bucket|sum|count)$/, ''),
        labels: [...(groups!.matchers ?? '').matchAll(/(\w+)\s*[=!]~?/g)].map((label) => label[1]!),
        place,
      })),
  );

/** What KEDA asks Prometheus. */
export const scalerQueries = (): [place: string, expression: string][] =>
  (objectsOf(valuesOf('multi-tenant')) as unknown as ScaledObject[])
    .filter(({ kind }) => kind === 'ScaledObject')
    .flatMap(({ metadata, spec }) =>
      spec.triggers.map(({ metadata: { query } }): [string, string] => [`scaler ${metadata.name}`, query]),
    );

interface ScaledObject {
  kind: string;
  metadata: { name: string };
  spec: { triggers: { metadata: { query: string } }[] };
}
