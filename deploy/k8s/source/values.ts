/**
 * What can be set of an installation: schema, defaults and words of the chart's `values.yaml`, of its `values.schema.json`, of the table in
 * docs/kubernetes.md and of the overlays. Unknown keys are refused, unknown settings of a target too.
 */
import Type, { type Static, type TProperties } from 'typebox';
import { Value } from 'typebox/value';
import { settingRows } from '../../../apps/wam/src/commands/settings.ts';
import type { TargetName } from '../../../apps/wam/src/targets/target.ts';

/** Read by the templates and by nobody else: set for every container, or from other values. */
const managedSettings = [
  'WAM_MODE',
  'WAM_DATA_DIR',
  'WAM_READY_FILE',
  'MANAGEMENT_PORT',
  'DRAIN_DELAY',
  'SHUTDOWN_GRACE',
  'PORT',
  'HOST',
  'NATS_URL',
  'NATS_USER',
  'NATS_CA',
  'LOG_LEVEL',
  'PUBLIC_URL',
  'WAM_DEFAULT_NETWORK',
  'TRUST_PROXY',
  'DEFAULT_PLAN',
  'WAM_NETWORK',
  'WAM_POOL',
  'WHATSAPP_URL',
  'SANDBOX_HOST',
  'SANDBOX_PORT',
];

const group = <P extends TProperties>(description: string, properties: P) =>
  Type.Object(properties, { additionalProperties: false, description });
const text = (value: string, description: string, pattern?: string) =>
  Type.String({ default: value, description, ...(pattern === undefined ? {} : { pattern }) });
const flag = (value: boolean, description: string) => Type.Boolean({ default: value, description });
const count = (value: number, description: string, minimum = 1) =>
  Type.Integer({ default: value, minimum, maximum: 1_000, description });
const mapOfTexts = (description: string) => Type.Record(Type.String(), Type.String(), { default: {}, description });

const quantity = Type.String({ pattern: '^[0-9]+(\\.[0-9]+)?(m|k|M|G|Ki|Mi|Gi)?$' });
const amounts = Type.Object(
  { cpu: Type.Optional(quantity), memory: Type.Optional(quantity), 'ephemeral-storage': Type.Optional(quantity) },
  { additionalProperties: false },
);
/** No limit of CPU: a throttled event loop answers late, and what it does not use is others'. */
const resources = (cpu: string, memory: string, memoryLimit: string) =>
  Type.Object(
    { requests: amounts, limits: amounts },
    {
      additionalProperties: false,
      default: { requests: { cpu, memory }, limits: { memory: memoryLimit } },
      description: 'Requests and limits of a container',
    },
  );
/** Settings of a target beyond those that the templates set. Secrets come as files. */
const env = (target: TargetName) => {
  const rows = settingRows(target).filter((row) => !row.secret && !managedSettings.includes(row.variable));
  const setting = (description: string) => Type.Union([Type.String(), Type.Number(), Type.Boolean()], { description });
  return Type.Object(Object.fromEntries(rows.map((row) => [row.variable, Type.Optional(setting(row.description))])), {
    additionalProperties: false,
    default: {},
    description: `Further settings of the target, of those that \`wam settings\` lists for ${target}`,
  });
};

const pool = Type.Object(
  {
    name: Type.String({
      pattern: '^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$',
      description: 'As in `wam account set-pool <account> <name>`; also part of the names of its objects',
    }),
    replicas: Type.Integer({ minimum: 1, maximum: 100, description: 'Engines of the pool' }),
  },
  { additionalProperties: false },
);

export const valuesSchema = group(
  'An installation of WAMessenger. One per namespace: names do not carry the name of the release',
  {
    image: group('The image of every target', {
      repository: text('wamessenger', 'Where it is'),
      tag: Type.String({
        default: '0.1.0',
        pattern: '^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$',
        not: { const: 'latest' },
        description: 'Its version; `latest` is refused',
      }),
      pullPolicy: Type.Enum(['Always', 'IfNotPresent', 'Never'], {
        default: 'IfNotPresent',
        description: 'When nodes fetch it',
      }),
      pullSecret: text('', 'Name of a Secret for a registry that asks who comes'),
    }),
    logLevel: Type.Enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
      default: 'info',
      description: 'Log lines of every target',
    }),
    publicUrl: text('http://localhost:3000', 'Where clients reach the API, for links in answers', '^https?://'),
    defaultNetwork: Type.Enum(['whatsapp', 'sandbox'], {
      default: 'whatsapp',
      description: 'Network of new sessions that name none',
    }),
    defaultPlan: text('trial', 'Plan of new accounts'),
    trustProxy: text(
      'off',
      'Whose X-Forwarded-For is believed: off, a number of proxies, or their addresses and ranges',
    ),
    gateway: group('HTTP edge', {
      autoscaling: flag(true, 'HorizontalPodAutoscaler by CPU, between replicas and maxReplicas'),
      replicas: count(2, 'Processes, at least'),
      maxReplicas: count(10, 'Processes, at most'),
      drainSeconds: count(
        15,
        'Time between readiness off and the stop, in which whoever has its address still notices: DRAIN_DELAY, and part of terminationGracePeriodSeconds',
        0,
      ),
      env: env('gateway'),
      resources: resources('500m', '256Mi', '768Mi'),
    }),
    auth: group('Accounts and quotas', {
      replicas: count(2, 'Processes'),
      env: env('auth'),
      resources: resources('250m', '192Mi', '512Mi'),
    }),
    analytics: group('Read models; one process projects, all answer', {
      replicas: count(2, 'Processes'),
      env: env('analytics'),
      resources: resources('250m', '256Mi', '768Mi'),
    }),
    dispatcher: group('Campaigns', {
      replicas: count(2, 'Processes; with KEDA at least'),
      maxReplicas: count(6, 'Processes at most, with KEDA'),
      lanesPerReplica: count(200, 'KEDA: due lanes (sessions of campaigns) that one process should have at most'),
      env: env('dispatcher'),
      resources: resources('250m', '192Mi', '512Mi'),
    }),
    webhooks: group('Deliveries to receivers of customers', {
      replicas: count(2, 'Processes; with KEDA at least'),
      maxReplicas: count(10, 'Processes at most, with KEDA'),
      backlogPerReplica: Type.Integer({
        default: 5_000,
        minimum: 1,
        description: 'KEDA: deliveries that are due and not made, that one process should have at most',
      }),
      env: env('webhooks'),
      resources: resources('250m', '192Mi', '512Mi'),
    }),
    sessionEngine: group('Engines of the pool `whatsapp`, and what holds for those of every pool', {
      replicas: count(2, 'Engines; with KEDA at least'),
      maxReplicas: count(20, 'Engines at most, with KEDA'),
      sessionsPerReplica: count(500, 'KEDA: sessions that one engine should have at most'),
      env: env('session-engine'),
      resources: resources('500m', '1Gi', '2Gi'),
    }),
    dedicatedPools: Type.Array(pool, {
      default: [],
      description: 'Engines that serve the accounts of a pool and nobody else: a list of `{name, replicas}`',
    }),
    sandbox: group('The simulated network, with engines of its own', {
      enabled: flag(false, 'Whether there is one'),
      engines: count(1, 'Engines of the pool `sandbox`'),
      storage: text('1Gi', 'Volume of its phones and inboxes'),
      resources: resources('100m', '192Mi', '512Mi'),
    }),
    nats: group('The bus', {
      enabled: flag(false, 'Three servers in this namespace; without them `url` names others'),
      url: text('nats://nats:4222', 'Servers, separated by commas'),
      secured: flag(true, 'TLS, and a key for each kind of process: `nats-seed` and `nats-ca` in its Secret'),
      replicas: Type.Integer({
        default: 3,
        minimum: 1,
        maximum: 5,
        description: 'Copies of each stream; 3 on three servers',
      }),
      storage: text('20Gi', 'Volume of one server'),
      maxFileStore: text(
        '18GB',
        'What a server stores on it at most (1GB is 1 GiB here). Above 85 % of `storage`, from which VolumeNearlyFull warns, and below all of it',
      ),
      storageClass: text('', 'Class of the volumes; empty for the default one of the cluster'),
      resources: resources('500m', '512Mi', '2Gi'),
    }),
    postgres: group('The database', {
      enabled: flag(
        false,
        'A cluster of the CloudNativePG operator in this namespace; without it the Secrets name another database',
      ),
      instances: count(3, 'Servers: one primary, the others follow'),
      storage: text('20Gi', 'Volume of one server'),
      storageClass: text('', 'Class of the volumes; empty for the default one of the cluster'),
      cidr: text('0.0.0.0/0', 'Addresses of a database outside of this namespace, for the network policy'),
      port: Type.Integer({ default: 5432, minimum: 1, maximum: 65_535, description: 'Its port' }),
      resources: resources('500m', '1Gi', '2Gi'),
    }),
    valkey: group('Counters of rate limits that all gateways share', {
      enabled: flag(false, 'Whether there is one; without it each gateway counts for itself'),
      resources: resources('50m', '64Mi', '192Mi'),
    }),
    toolbox: group('A pod in which operators run `wam`, as the user `operator`', {
      enabled: flag(true, 'Whether there is one'),
    }),
    keda: group('Scaling by what waits, with the KEDA operator', {
      enabled: flag(false, 'ScaledObjects of dispatcher, webhooks and engines'),
      prometheusUrl: text(
        'http://prometheus-operated.monitoring:9090',
        'The Prometheus that scrapes this installation',
        '^https?://',
      ),
    }),
    monitoring: group('With the Prometheus operator', {
      enabled: flag(false, 'PodMonitor, PrometheusRule, and dashboards as ConfigMaps'),
      namespace: text('monitoring', 'Where Prometheus runs: it may reach the management ports'),
      collectorNamespace: text(
        'monitoring',
        'Where a collector of traces runs: every process may reach port 4318 there, for OTEL_EXPORTER_OTLP_ENDPOINT',
      ),
      runbookUrl: text(
        'docs/runbooks/',
        'Where docs/runbooks can be read, for links of alerts; with a slash at its end',
      ),
      release: text('prometheus', 'Label `release` of PodMonitor and PrometheusRule, by which Prometheus chooses them'),
    }),
    ingress: group('The way in from outside', {
      enabled: flag(false, 'An Ingress to the gateways'),
      className: text('nginx', 'Class of the controller'),
      host: text('wamessenger.example.com', 'Name of the host'),
      tlsSecret: text('wamessenger-tls', 'Secret with the certificate of the host'),
      annotations: mapOfTexts('Annotations for the controller'),
    }),
  },
);
export type Values = Readonly<Static<typeof valuesSchema>>;
export const defaults = Value.Create(valuesSchema) as Values;
