/** What wakes or tells an operator. Each has a page in docs/runbooks under its name; expressions are tried on series in alerts.int.spec.ts. */

export interface Alert {
  name: string;
  /** page: customers notice, or are about to. ticket: within a working day. */
  severity: 'page' | 'ticket';
  expression: string;
  /** How long it must be so. */
  for: string;
  /** One line; `{{ $labels.x }}` and `{{ $value }}` are Prometheus' own. */
  summary: string;
}

/** Reads that wait for nothing: their time is the platform's own. Sends and codes wait for WhatsApp or a phone. */
const quickReads =
  'getMe|listSessions|getSession|getSessionStatus|listMessages|getMessage|getMessageStats|listCampaigns|getCampaign';

export const alerts: readonly Alert[] = [
  {
    name: 'ProcessDown',
    severity: 'page',
    expression: 'up{job=~"(.*/)?wamessenger"} == 0',
    for: '2m',
    summary: '{{ $labels.component }} {{ $labels.instance }} does not answer the scrape',
  },
  {
    name: 'ProcessNotReady',
    severity: 'page',
    expression: 'wam_ready == 0',
    for: '3m',
    summary: '{{ $labels.component }} {{ $labels.instance }} is not ready; its /readyz says why',
  },
  {
    name: 'BusUnreachable',
    severity: 'page',
    expression: 'max by (namespace, component) (wam_nats_connections_down) > 0',
    for: '1m',
    summary: '{{ $labels.component }} has lost its connection to NATS',
  },
  {
    name: 'DatabaseConnectionsShort',
    severity: 'ticket',
    expression: 'sum by (namespace, component) (wam_database_connections{state="waiting"}) > 5',
    for: '5m',
    summary: '{{ $value }} requests of {{ $labels.component }} wait for a connection to Postgres',
  },
  {
    name: 'ApiErrors',
    severity: 'page',
    expression:
      'sum by (namespace) (rate(wam_http_requests_total{status=~"5.."}[5m])) / sum by (namespace) (rate(wam_http_requests_total[5m])) > 0.01',
    for: '5m',
    summary: '{{ $value | humanizePercentage }} of the requests are answered with 5xx',
  },
  {
    name: 'ApiSlow',
    severity: 'ticket',
    expression: `histogram_quantile(0.99, sum by (namespace, le) (rate(wam_http_request_duration_seconds_bucket{operation=~"${quickReads}"}[5m]))) > 1`,
    for: '10m',
    summary: 'One of a hundred reads takes more than {{ $value | humanizeDuration }}',
  },
  {
    name: 'CommandsLate',
    severity: 'page',
    expression: 'histogram_quantile(0.95, sum by (namespace, le) (rate(wam_command_lag_seconds_bucket[5m]))) > 10',
    for: '5m',
    summary: 'Engines take up sends {{ $value | humanizeDuration }} after they were accepted',
  },
  {
    name: 'PartitionsWithoutOwner',
    severity: 'page',
    expression:
      'max by (namespace, pool) (wam_partitions) - (count by (namespace, pool) (count by (namespace, pool, partition) (wam_partition_epoch)) or 0 * max by (namespace, pool) (wam_partitions)) > 0',
    for: '1m',
    summary: 'Nobody serves {{ $value }} partitions of pool {{ $labels.pool }}: their sessions are offline',
  },
  {
    name: 'SessionsReconnecting',
    severity: 'page',
    expression:
      'sum by (namespace, pool) (wam_sessions{status="reconnecting"}) / sum by (namespace, pool) (wam_sessions{status=~"connected|reconnecting"}) > 0.2',
    for: '5m',
    summary: '{{ $value | humanizePercentage }} of the sessions of pool {{ $labels.pool }} have lost WhatsApp',
  },
  {
    name: 'SendsFailing',
    severity: 'page',
    expression:
      'sum by (namespace) (rate(wam_messages_total{outcome="failed"}[10m])) / sum by (namespace) (rate(wam_messages_total[10m])) > 0.2',
    for: '10m',
    summary: '{{ $value | humanizePercentage }} of the messages fail',
  },
  {
    name: 'DeadLetters',
    severity: 'ticket',
    expression: 'sum by (namespace) (increase(wam_dead_letters_total[15m])) > 0',
    for: '0m',
    summary: 'Commands were moved to the dead letters; `wam dlq list` shows them',
  },
  {
    name: 'ProjectionBehind',
    severity: 'page',
    expression: 'max by (namespace) (wam_projection_lag_events) > 20000',
    for: '10m',
    summary: 'Lists and figures are {{ $value }} events behind',
  },
  {
    name: 'ProjectionStopped',
    severity: 'page',
    expression:
      'count by (namespace) (wam_ready{component="analytics"}) unless count by (namespace) (wam_projection_lag_events)',
    for: '5m',
    summary: 'No analytics process projects',
  },
  {
    name: 'CampaignsLate',
    severity: 'ticket',
    expression: 'max by (namespace) (wam_dispatch_oldest_due_seconds) > 300',
    for: '5m',
    summary: 'A session of a campaign has been waiting for its turn for {{ $value | humanizeDuration }}',
  },
  {
    name: 'WebhooksLate',
    severity: 'ticket',
    expression: 'max by (namespace) (wam_webhook_oldest_pending_seconds) > 300',
    for: '5m',
    summary: 'A delivery to a webhook whose receiver answers has been due for {{ $value | humanizeDuration }}',
  },
  {
    name: 'FeedLate',
    severity: 'ticket',
    expression: 'histogram_quantile(0.95, sum by (namespace, le) (rate(wam_feed_lag_seconds_bucket[5m]))) > 5',
    for: '10m',
    summary: 'Events reach their followers {{ $value | humanizeDuration }} after they happened',
  },
  {
    name: 'EventLoopBlocked',
    severity: 'ticket',
    expression: 'max by (namespace, component) (nodejs_eventloop_lag_p99_seconds) > 0.5',
    for: '10m',
    summary: 'The loop of a {{ $labels.component }} process stands still for {{ $value | humanizeDuration }} at a time',
  },
  {
    name: 'VolumeNearlyFull',
    severity: 'page',
    expression:
      'kubelet_volume_stats_available_bytes{persistentvolumeclaim=~"data-nats-.*|data-sandbox-.*|postgres-.*"} / kubelet_volume_stats_capacity_bytes{persistentvolumeclaim=~"data-nats-.*|data-sandbox-.*|postgres-.*"} < 0.15',
    for: '5m',
    summary: '{{ $labels.persistentvolumeclaim }} has {{ $value | humanizePercentage }} left',
  },
];

/** As Prometheus reads them, and as the operator's PrometheusRule holds them. */
export const ruleGroups = (runbookUrl: string) => [
  {
    name: 'wamessenger',
    rules: alerts.map(({ name, severity, expression, summary, ...alert }) => ({
      alert: name,
      expr: expression,
      for: alert.for,
      labels: { severity },
      annotations: { summary, runbook_url: `${runbookUrl}${name}.md` },
    })),
  },
];
