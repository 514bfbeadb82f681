import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { locateClusterTool } from '@wam/local-infra';
import { type TemporaryDirectory, temporaryDirectory } from '@wam/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { alerts } from './source/monitoring/alerts.ts';
import { dashboardExpressions } from './source/monitoring/dashboards.ts';
import { scalerQueries } from './source/monitoring/named-metrics.ts';

const run = promisify(execFile);
const repository = fileURLToPath(new URL('../..', import.meta.url));
const rules = join(repository, 'deploy/monitoring/rules.yaml');
const promtool = locateClusterTool('promtool', process.env.WAM_DATA_DIR ?? join(repository, '.wam'));
if (promtool === undefined) console.warn('alerts are not tried: no promtool here (`npm test` fetches it with apt)');

type Series = Record<string, string>;
interface Sample {
  /** Values a minute, in promtool's notation, with which the alert is on at the 30th minute. */
  fires: Series;
  quiet: Series;
}
const constant = (value: number): string => `${value}x60`;
const rising = (perMinute: number): string => `0+${perMinute}x60`;
const requests = (status: number) => `wam_http_requests_total{operation="getMe",status="${status}"}`;
const outcome = (name: string) => `wam_messages_total{outcome="${name}",code="none"}`;
const buckets = (metric: string, labels: string, below: Record<string, number>): Series =>
  Object.fromEntries(
    Object.entries(below).map(([le, perMinute]) => [`${metric}_bucket{${labels}le="${le}"}`, rising(perMinute)]),
  );
const volume = (name: string) => `kubelet_volume_stats_${name}_bytes{persistentvolumeclaim="data-nats-0"}`;

const samples: Record<string, Sample> = {
  ProcessDown: {
    fires: { 'up{job="monitoring/wamessenger",component="auth"}': constant(0) },
    quiet: { 'up{job="wamessenger",component="auth"}': constant(1), 'up{job="other"}': constant(0) },
  },
  ProcessNotReady: {
    fires: { 'wam_ready{component="auth"}': constant(0) },
    quiet: { 'wam_ready{component="auth"}': '1x20 0x1 1x60' },
  },
  BusUnreachable: {
    fires: { wam_nats_connections_down: constant(1) },
    quiet: { wam_nats_connections_down: constant(0) },
  },
  DatabaseConnectionsShort: {
    fires: { 'wam_database_connections{state="waiting"}': constant(8) },
    quiet: {
      'wam_database_connections{state="taken"}': constant(8),
      'wam_database_connections{state="waiting"}': constant(1),
    },
  },
  ApiErrors: {
    fires: { [requests(200)]: rising(100), [requests(503)]: rising(2) },
    quiet: { [requests(200)]: rising(1000), [requests(429)]: rising(500), [requests(500)]: rising(1) },
  },
  ApiSlow: {
    fires: buckets('wam_http_request_duration_seconds', 'operation="getMe",', { 1: 90, 5: 100, '+Inf': 100 }),
    quiet: {
      ...buckets('wam_http_request_duration_seconds', 'operation="getMe",', { 1: 100, 5: 100, '+Inf': 100 }),
      ...buckets('wam_http_request_duration_seconds', 'operation="sendMessage",', { 1: 0, 5: 0, '+Inf': 100 }),
    },
  },
  CommandsLate: {
    fires: buckets('wam_command_lag_seconds', '', { 10: 50, 30: 100, '+Inf': 100 }),
    quiet: buckets('wam_command_lag_seconds', '', { 1: 99, 10: 100, 30: 100, '+Inf': 100 }),
  },
  PartitionsWithoutOwner: {
    fires: { 'wam_partitions{pool="a"}': constant(2), 'wam_partition_epoch{pool="a",partition="0"}': constant(7) },
    quiet: {
      'wam_partitions{pool="a",pod="x"}': constant(2),
      'wam_partitions{pool="a",pod="y"}': constant(2),
      'wam_partition_epoch{pool="a",partition="0",pod="x"}': constant(7),
      // Both say so while one of them does not know yet that it lost it.
      'wam_partition_epoch{pool="a",partition="0",pod="y"}': constant(8),
      'wam_partition_epoch{pool="a",partition="1",pod="y"}': constant(3),
    },
  },
  SessionsReconnecting: {
    fires: {
      'wam_sessions{pool="a",status="reconnecting"}': constant(30),
      'wam_sessions{pool="a",status="connected"}': constant(70),
    },
    quiet: {
      'wam_sessions{pool="a",status="reconnecting"}': constant(3),
      'wam_sessions{pool="a",status="connected"}': constant(97),
      'wam_sessions{pool="a",status="disconnected"}': constant(900),
    },
  },
  SendsFailing: {
    fires: { [outcome('sent')]: rising(60), [outcome('failed')]: rising(40) },
    quiet: { [outcome('sent')]: rising(95), [outcome('failed')]: rising(5) },
  },
  DeadLetters: { fires: { wam_dead_letters_total: '0x25 1x60' }, quiet: { wam_dead_letters_total: constant(3) } },
  ProjectionBehind: {
    fires: { wam_projection_lag_events: constant(50_000) },
    quiet: { wam_projection_lag_events: constant(2_000) },
  },
  ProjectionStopped: {
    fires: { 'wam_ready{component="analytics",pod="a"}': constant(1) },
    quiet: {
      'wam_ready{component="analytics",pod="a"}': constant(1),
      'wam_ready{component="analytics",pod="b"}': constant(1),
      'wam_projection_lag_events{component="analytics",pod="a"}': constant(0),
    },
  },
  CampaignsLate: {
    fires: { wam_dispatch_oldest_due_seconds: constant(900) },
    quiet: { wam_dispatch_oldest_due_seconds: constant(2) },
  },
  WebhooksLate: {
    fires: { wam_webhook_oldest_pending_seconds: constant(900) },
    quiet: { wam_webhook_oldest_pending_seconds: constant(3) },
  },
  FeedLate: {
    fires: buckets('wam_feed_lag_seconds', '', { 5: 50, 10: 100, '+Inf': 100 }),
    quiet: buckets('wam_feed_lag_seconds', '', { 1: 100, 5: 100, '+Inf': 100 }),
  },
  EventLoopBlocked: {
    fires: { nodejs_eventloop_lag_p99_seconds: constant(2) },
    quiet: { nodejs_eventloop_lag_p99_seconds: constant(0.02) },
  },
  VolumeNearlyFull: {
    fires: { [volume('available')]: constant(10), [volume('capacity')]: constant(100) },
    quiet: { [volume('available')]: constant(50), [volume('capacity')]: constant(100) },
  },
};

let folder: TemporaryDirectory;
const firing = (name: string) => `count(ALERTS{alertname="${name}",alertstate="firing"})`;

/** Tries all samples in one run, since each start of promtool costs a second. */
function tests(kind: keyof Sample) {
  return Object.entries(samples).map(([name, sample]) => ({
    interval: '1m',
    input_series: Object.entries(sample[kind]).map(([series, values]) => ({ series, values })),
    promql_expr_test: [
      {
        expr: firing(name),
        eval_time: '30m',
        exp_samples: kind === 'fires' ? [{ labels: '{}', value: 1 }] : [],
      },
    ],
  }));
}

describe.skipIf(promtool === undefined)('asked by promtool', () => {
  beforeAll(async () => {
    folder = await temporaryDirectory('wam-alerts-');
  });
  afterAll(() => folder?.remove());

  test('the rules are rules', async () => {
    const { stdout } = await run(promtool!, ['check', 'rules', rules]);
    expect(stdout).toContain(`SUCCESS: ${alerts.length} rules found`);
  });

  test('what dashboards and scalers ask can be asked', async () => {
    const rulesOf = [...dashboardExpressions(), ...scalerQueries()].map(([, expression], index) => ({
      record: `asked:${index}`,
      expr: expression.replaceAll('$namespace', '.*'),
    }));
    const file = join(folder.path, 'asked.yaml');
    writeFileSync(file, stringify({ groups: [{ name: 'asked', rules: rulesOf }] }));
    const { stdout } = await run(promtool!, ['check', 'rules', file]);
    expect(stdout).toContain(`SUCCESS: ${rulesOf.length} rules found`);
  });

  test('every alert has a sample', () => {
    expect(Object.keys(samples).sort()).toEqual(alerts.map(({ name }) => name).sort());
  });

  test.each(['fires', 'quiet'] as const)('every alert: %s', async (kind) => {
    const file = join(folder.path, `${kind}.yaml`);
    writeFileSync(file, stringify({ rule_files: [rules], evaluation_interval: '1m', tests: tests(kind) }));
    await run(promtool!, ['test', 'rules', file]);
  });
});
