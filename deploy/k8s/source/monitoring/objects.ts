import { metaOf } from '../objects/names.ts';
import type { Resource } from '../objects/resource.ts';
import { when } from '../parameters.ts';
import type { Values } from '../values.ts';
import { ruleGroups } from './alerts.ts';
import { dashboards, printDashboard } from './dashboards.ts';
import { podMonitor } from './scrape.ts';

export const monitoringObjects = (values: Values): Resource[] =>
  [podMonitor(values), prometheusRule(values), ...dashboardObjects()].map((object) =>
    when(values.monitoring.enabled, object),
  );

function prometheusRule({ monitoring }: Values): Resource {
  const { name, labels } = metaOf('wamessenger', 'monitoring');
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name, labels: { ...labels, release: monitoring.release } },
    spec: { groups: ruleGroups(monitoring.runbookUrl) },
  };
}

/** With the label by which Grafana's sidecar finds dashboards. */
const dashboardObjects = (): Resource[] =>
  Object.entries(dashboards).map(([name, dashboard]) => {
    const meta = metaOf(`dashboard-${name}`, 'monitoring');
    return {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { ...meta, labels: { ...meta.labels, grafana_dashboard: '1' } },
      data: { [`wamessenger-${name}.json`]: JSON.stringify(printDashboard(dashboard)) },
    };
  });
