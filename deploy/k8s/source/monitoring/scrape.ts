/** What Prometheus scrapes: the management port of every pod that has one. */

import { nameLabel } from '../objects/names.ts';
import type { Resource } from '../objects/resource.ts';
import type { Values } from '../values.ts';

export const podMonitor = (values: Values): Resource => ({
  apiVersion: 'monitoring.coreos.com/v1',
  kind: 'PodMonitor',
  metadata: { name: 'wamessenger', labels: { ...nameLabel, release: values.monitoring.release } },
  spec: {
    selector: { matchLabels: nameLabel },
    podMetricsEndpoints: [
      {
        port: 'management',
        path: '/metrics',
        interval: '15s',
        relabelings: [
          { sourceLabels: ['__meta_kubernetes_pod_label_app_kubernetes_io_component'], targetLabel: 'component' },
        ],
        // `pool` of an engine's own metrics stays what the engine says.
        honorLabels: true,
      },
    ],
  },
});
