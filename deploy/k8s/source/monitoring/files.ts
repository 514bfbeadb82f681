/** `deploy/monitoring`: rules and dashboards for a Prometheus and a Grafana without operators, as in deploy/compose. */
import { made, printYaml } from '../render/yaml.ts';
import { ruleGroups } from './alerts.ts';
import { dashboards, printDashboard } from './dashboards.ts';

/** Where the runbooks are, seen from the repository. */
export const runbookFolder = 'docs/runbooks/';

/** Files by their path under `deploy/monitoring`. */
export const monitoringFiles = (): Map<string, string> =>
  new Map([
    ['rules.yaml', made + printYaml({ groups: ruleGroups(runbookFolder) })],
    ...Object.entries(dashboards).map(
      ([name, dashboard]) =>
        [`dashboards/${name}.json`, `${JSON.stringify(printDashboard(dashboard), null, 2)}\n`] as const,
    ),
  ]);
