import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { errorCatalogue } from '@wam/contracts';
import { describeMetrics } from '@wam/service-kit';
import { expect, test } from 'vitest';
import { operationList } from '../../packages/contracts/src/registry.ts';
import '../../packages/service-kit/src/nats/index.ts';
import '../../packages/service-kit/src/postgres/index.ts';
import '../../services/analytics/src/telemetry.ts';
import '../../services/dispatcher/src/telemetry.ts';
import '../../services/gateway/src/telemetry.ts';
import '../../services/session-engine/src/telemetry.ts';
import '../../services/webhooks/src/telemetry.ts';
import { settingsRead } from '../../apps/wam/src/commands/settings.ts';
import { targetNames } from '../../apps/wam/src/targets/target.ts';
import { alerts } from './source/monitoring/alerts.ts';
import { dashboards, printDashboard } from './source/monitoring/dashboards.ts';
import { namedMetrics } from './source/monitoring/named-metrics.ts';

const runbooks = fileURLToPath(new URL('../../docs/runbooks', import.meta.url));
/** What a scrape adds. */
const labelsOfScrape = ['namespace', 'pod', 'job', 'instance', 'component'];

test('every metric that an alert, a dashboard or a scaler names is defined by a service, with the labels it is asked by', async () => {
  const defined = new Map((await describeMetrics()).map((metric) => [metric.name, metric]));
  const faults = namedMetrics().flatMap(({ name, labels, place }) => {
    const metric = defined.get(name);
    if (metric === undefined) return [`${place}: nobody exports ${name}`];
    const known = [...metric.labels, ...labelsOfScrape];
    return labels.filter((label) => !known.includes(label)).map((label) => `${place}: ${name} has no label ${label}`);
  });
  expect(faults).toEqual([]);
});

test('every metric of the platform is on a dashboard, in an alert or asked by a scaler', async () => {
  const asked = new Set(namedMetrics().map(({ name }) => name));
  const own = (await describeMetrics()).map(({ name }) => name).filter((name) => name.startsWith('wam_'));
  expect(own.length).toBeGreaterThan(25);
  expect(own.filter((name) => !asked.has(name))).toEqual([]);
});

test('operations that an alert names are in the contract', () => {
  const known = operationList.map(({ id }) => id);
  const asked = alerts.flatMap(({ expression }) =>
    [...expression.matchAll(/operation=~"([^"]+)"/g)].flatMap((match) => match[1]!.split('|')),
  );
  expect(asked.length).toBeGreaterThan(0);
  expect(asked.filter((operation) => !known.includes(operation))).toEqual([]);
});

test('every alert has a runbook that says what it means, what to look at and what to do, and no runbook is left over', () => {
  expect(readdirSync(runbooks).sort()).toEqual(alerts.map(({ name }) => `${name}.md`).sort());
  for (const { name } of alerts) {
    expect(existsSync(`${runbooks}/${name}.md`), name).toBe(true);
    const text = readFileSync(`${runbooks}/${name}.md`, 'utf8');
    expect(
      [...text.matchAll(/^## (.+)$/gm)].map((heading) => heading[1]),
      name,
    ).toEqual(['Meaning', 'Impact', 'Look at', 'Do']);
    expect(text.startsWith(`# ${name}\n`), name).toBe(true);
  }
});

test('runbooks name error codes and settings that there are', () => {
  const settings = ['prepare', ...targetNames].flatMap(settingsRead);
  const unknown = readdirSync(runbooks).flatMap((page) =>
    [...readFileSync(`${runbooks}/${page}`, 'utf8').matchAll(/`([A-Z][A-Z_]{7,})`/g)]
      .map((match) => match[1]!)
      .filter((word) => !(word in errorCatalogue) && !settings.includes(word))
      .map((word) => `${page}: ${word}`),
  );
  expect(unknown).toEqual([]);
});

test('panels of a dashboard have ids and places of their own', () => {
  for (const [name, dashboard] of Object.entries(dashboards)) {
    const { panels } = printDashboard(dashboard) as {
      panels: { id: number; gridPos: { x: number; y: number; w: number; h: number } }[];
    };
    expect(new Set(panels.map(({ id }) => id)).size, name).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
    );
    expect(new Set(cells).size, name).toBe(cells.length);
  }
});
