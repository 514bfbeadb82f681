/** Three dashboards of Grafana, each for one reader. Written for any Prometheus: the data source is a variable. */
interface Panel {
  title: string;
  /** What it means and when to worry. */
  description?: string;
  queries: readonly (readonly [expression: string, legend: string])[];
  unit?: string;
  kind?: 'timeseries' | 'stat';
}
interface Dashboard {
  uid: string;
  title: string;
  rows: Readonly<Record<string, readonly Panel[]>>;
}

const p = (quantile: number, metric: string, by = '') =>
  `histogram_quantile(${quantile}, sum by (${by === '' ? 'le' : `${by}, le`}) (rate(${metric}_bucket{namespace=~"$namespace"}[5m])))`;
const ours = '{namespace=~"$namespace"}';
const quantiles = (metric: string): Panel['queries'] =>
  [0.5, 0.95, 0.99].map((quantile) => [p(quantile, metric), `p${quantile * 100}`]);

const operator: Dashboard = {
  uid: 'wam-operator',
  title: 'WAMessenger: operator',
  rows: {
    'Is it all right': [
      { title: 'Not ready', kind: 'stat', queries: [[`count(wam_ready${ours} == 0) or vector(0)`, '']] },
      {
        title: 'Connected sessions',
        kind: 'stat',
        queries: [['sum(wam_sessions{namespace=~"$namespace",status="connected"})', '']],
      },
      {
        title: 'Partitions without an owner',
        kind: 'stat',
        queries: [
          [
            `sum(max by (pool) (wam_partitions${ours})) - (count(count by (pool, partition) (wam_partition_epoch${ours})) or vector(0))`,
            '',
          ],
        ],
      },
      {
        title: 'Messages sent',
        kind: 'stat',
        unit: 'cps',
        queries: [['sum(rate(wam_messages_total{namespace=~"$namespace",outcome="sent"}[5m]))', '']],
      },
    ],
    API: [
      {
        title: 'Requests by status',
        unit: 'reqps',
        queries: [[`sum by (status) (rate(wam_http_requests_total${ours}[5m]))`, '{{status}}']],
      },
      {
        title: 'Slowest operations, p99',
        description: 'Sends and codes wait for WhatsApp and people.',
        unit: 's',
        queries: [[`topk(8, ${p(0.99, 'wam_http_request_duration_seconds', 'operation')})`, '{{operation}}']],
      },
    ],
    'What waits': [
      { title: 'Age of commands when an engine takes them', unit: 's', queries: quantiles('wam_command_lag_seconds') },
      { title: 'Events behind', queries: [[`max(wam_projection_lag_events${ours})`, 'read models']] },
      {
        title: 'Events read',
        unit: 'ops',
        queries: [[`sum(rate(wam_projected_events_total${ours}[5m]))`, 'read models']],
      },
      {
        title: 'Lanes of campaigns that are due',
        queries: [
          [`max(wam_dispatch_due_lanes${ours})`, 'due'],
          [`max(wam_dispatch_outstanding${ours})`, 'with engines'],
        ],
      },
      { title: 'Dead letters', queries: [[`sum(increase(wam_dead_letters_total${ours}[5m]))`, 'new']] },
    ],
    Processes: [
      {
        title: 'CPU',
        unit: 'percentunit',
        queries: [[`sum by (component) (rate(process_cpu_seconds_total${ours}[5m]))`, '{{component}}']],
      },
      {
        title: 'Memory',
        unit: 'bytes',
        queries: [[`max by (component) (process_resident_memory_bytes${ours})`, '{{component}}']],
      },
      {
        title: 'Event loop, p99',
        unit: 's',
        queries: [[`max by (component) (nodejs_eventloop_lag_p99_seconds${ours})`, '{{component}}']],
      },
      {
        title: 'Connections to Postgres',
        queries: [[`sum by (component, state) (wam_database_connections${ours})`, '{{component}} {{state}}']],
      },
      {
        title: 'Connections to NATS that are down',
        queries: [[`sum by (component) (wam_nats_connections_down${ours})`, '{{component}}']],
      },
      { title: 'Open files', queries: [[`max by (component) (process_open_fds${ours})`, '{{component}}']] },
    ],
  },
};

const tenant: Dashboard = {
  uid: 'wam-tenant',
  title: 'WAMessenger: what customers notice',
  rows: {
    Messages: [
      {
        title: 'By outcome',
        unit: 'cps',
        queries: [[`sum by (outcome) (rate(wam_messages_total${ours}[5m]))`, '{{outcome}}']],
      },
      {
        title: 'Failed, by reason',
        description: 'Codes of the error catalogue.',
        unit: 'cps',
        queries: [
          ['sum by (code) (rate(wam_messages_total{namespace=~"$namespace",outcome="failed"}[5m]))', '{{code}}'],
        ],
      },
      { title: 'From accepted to sent', unit: 's', queries: quantiles('wam_message_accepted_to_sent_seconds') },
      {
        title: 'Receipts and incoming messages',
        unit: 'cps',
        queries: [
          [`sum by (kind) (rate(wam_receipts_total${ours}[5m]))`, '{{kind}}'],
          [`sum(rate(wam_messages_received_total${ours}[5m]))`, 'received'],
        ],
      },
    ],
    Requests: [
      {
        title: 'By operation',
        unit: 'reqps',
        queries: [[`topk(10, sum by (operation) (rate(wam_http_requests_total${ours}[5m])))`, '{{operation}}']],
      },
      {
        title: 'Refused: limits, permissions, input',
        unit: 'reqps',
        queries: [
          ['sum by (status) (rate(wam_http_requests_total{namespace=~"$namespace",status=~"4.."}[5m]))', '{{status}}'],
        ],
      },
      {
        title: 'Counted by one gateway alone',
        description: 'Redis did not answer in REDIS_TIMEOUT: limits hold per gateway.',
        unit: 'reqps',
        queries: [[`sum(rate(wam_rate_limits_counted_alone_total${ours}[5m]))`, 'requests']],
      },
      {
        title: 'Own errors',
        unit: 'reqps',
        queries: [
          [
            'sum by (operation, status) (rate(wam_http_requests_total{namespace=~"$namespace",status=~"5.."}[5m]))',
            '{{operation}} {{status}}',
          ],
        ],
      },
    ],
    Webhooks: [
      {
        title: 'Deliveries by outcome',
        unit: 'cps',
        queries: [[`sum by (outcome) (rate(wam_webhook_deliveries_total${ours}[5m]))`, '{{outcome}}']],
      },
      {
        title: 'Due and not made',
        description: 'Of webhooks whose receivers answer.',
        queries: [[`max(wam_webhook_backlog${ours})`, 'deliveries']],
      },
      {
        title: 'Oldest of these',
        unit: 's',
        queries: [[`max(wam_webhook_oldest_pending_seconds${ours})`, 'oldest']],
      },
      {
        title: 'Receivers in trouble',
        queries: [
          [`max(wam_webhook_failing${ours})`, 'failing'],
          [`sum(wam_webhook_breakers_open${ours})`, 'paused'],
          [`max(wam_webhook_disabled${ours})`, 'switched off'],
        ],
      },
    ],
    Feed: [
      {
        title: 'Followers by door',
        queries: [[`sum by (door) (wam_realtime_connections${ours})`, '{{door}}']],
      },
      { title: 'From an event to its followers', unit: 's', queries: quantiles('wam_feed_lag_seconds') },
      {
        title: 'Followers cut since they did not read',
        queries: [[`sum by (door) (increase(wam_feed_cut_total${ours}[5m]))`, '{{door}}']],
      },
    ],
  },
};

const engine: Dashboard = {
  uid: 'wam-engine',
  title: 'WAMessenger: engines',
  rows: {
    Sessions: [
      { title: 'By status', queries: [[`sum by (pool, status) (wam_sessions${ours})`, '{{pool}} {{status}}']] },
      { title: 'By engine', queries: [[`sum by (pod, instance) (wam_sessions${ours})`, '{{pod}} {{instance}}']] },
      {
        title: 'Memory a session',
        unit: 'bytes',
        queries: [
          [
            'sum by (instance) (process_resident_memory_bytes{namespace=~"$namespace",component=~"session-engine.*|sandbox-engine"}) / sum by (instance) (wam_sessions > 0)',
            '{{instance}}',
          ],
        ],
      },
    ],
    Partitions: [
      {
        title: 'By engine',
        queries: [[`count by (pod, instance) (wam_partition_epoch${ours})`, '{{pod}} {{instance}}']],
      },
      {
        title: 'Hand-overs',
        description: 'Each raises an epoch. Many without a deployment: engines lose their leases.',
        unit: 'cps',
        queries: [
          [`sum by (pool) (changes(max by (pool, partition) (wam_partition_epoch${ours})[5m:15s]))`, '{{pool}}'],
        ],
      },
    ],
    Work: [
      {
        title: 'Sent',
        unit: 'cps',
        queries: [
          ['sum by (instance) (rate(wam_messages_total{namespace=~"$namespace",outcome="sent"}[5m]))', '{{instance}}'],
        ],
      },
      { title: 'Age of commands', unit: 's', queries: quantiles('wam_command_lag_seconds') },
      {
        title: 'CPU',
        unit: 'percentunit',
        queries: [
          [
            'sum by (instance) (rate(process_cpu_seconds_total{namespace=~"$namespace",component=~"session-engine.*|sandbox-engine"}[5m]))',
            '{{instance}}',
          ],
        ],
      },
      {
        title: 'Event loop, p99',
        unit: 's',
        queries: [
          [
            'max by (instance) (nodejs_eventloop_lag_p99_seconds{namespace=~"$namespace",component=~"session-engine.*|sandbox-engine"})',
            '{{instance}}',
          ],
        ],
      },
    ],
  },
};

export const dashboards: Readonly<Record<string, Dashboard>> = { operator, tenant, engine };

/** Every expression of the dashboards, by where it stands. */
export const dashboardExpressions = (): [place: string, expression: string][] =>
  Object.values(dashboards).flatMap(({ title, rows }) =>
    Object.values(rows)
      .flat()
      .flatMap((panel) =>
        panel.queries.map(([expression]): [string, string] => [`${title}, ${panel.title}`, expression]),
      ),
  );

const source = { type: 'prometheus', uid: '$datasource' };
const width = 24;
const height = 8;

/** As Grafana reads it. */
export function printDashboard({ uid, title, rows }: Dashboard): Record<string, unknown> {
  const panels: object[] = [];
  let y = 0;
  for (const [row, members] of Object.entries(rows)) {
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title: row,
      gridPos: { h: 1, w: width, x: 0, y },
      collapsed: false,
      panels: [],
    });
    y += 1;
    const perLine = Math.min(members.length, members.every(({ kind }) => kind === 'stat') ? 4 : 3);
    const w = width / perLine;
    members.forEach((panel, index) => {
      const h = panel.kind === 'stat' ? height / 2 : height;
      panels.push(printPanel(panel, { id: panels.length + 1, gridPos: { h, w, x: (index % perLine) * w, y } }));
      if (index % perLine === perLine - 1 || index === members.length - 1) y += h;
    });
  }
  return {
    uid,
    title,
    tags: ['wamessenger'],
    schemaVersion: 39,
    editable: true,
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    templating: {
      list: [
        { name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Data source' },
        {
          name: 'namespace',
          type: 'query',
          label: 'Namespace',
          datasource: source,
          query: { query: 'label_values(wam_ready, namespace)', refId: 'namespace' },
          refresh: 2,
          includeAll: true,
          // Outside of a cluster there is none.
          allValue: '.*',
          current: { text: 'All', value: '$__all' },
        },
      ],
    },
    panels,
  };
}

function printPanel(
  { title, description, queries, unit = 'short', kind = 'timeseries' }: Panel,
  place: object,
): object {
  return {
    ...place,
    type: kind,
    title,
    ...(description === undefined ? {} : { description }),
    datasource: source,
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    targets: queries.map(([expr, legendFormat], index) => ({
      refId: String.fromCharCode(65 + index),
      datasource: source,
      expr,
      ...(legendFormat === '' ? {} : { legendFormat }),
    })),
    ...(kind === 'stat' ? { options: { reduceOptions: { calcs: ['lastNotNull'] }, colorMode: 'value' } } : {}),
  };
}
