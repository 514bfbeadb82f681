import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHealthRegistry } from '../health.ts';
import { defineCounter, defineGauge, defineHistogram } from '../telemetry/metrics.ts';
import { createManagementServer, type ManagementServer } from './management-server.ts';

const health = createHealthRegistry();
let isReady = false;
let server: ManagementServer;
const get = (path: string, method = 'GET') => fetch(`http://127.0.0.1:${server.port}${path}`, { method });

beforeAll(async () => {
  health.register('part', () => ({ ready: isReady, detail: 'starting' }));
  server = createManagementServer({ port: 0, health });
  await server.start();
});
afterAll(() => server.stop());

test('a process is alive from the start, and ready when its parts are', async () => {
  expect((await get('/livez')).status).toBe(200);
  const starting = await get('/readyz');
  expect(starting.status).toBe(503);
  expect(await starting.json()).toMatchObject({ checks: { part: { ready: false, detail: 'starting' } } });
  isReady = true;
  expect((await get('/readyz')).status).toBe(200);
});

test('metrics are those that were defined, with those of the process', async () => {
  const counter = defineCounter({ name: 'wam_spec_facts_total', help: 'Facts', labels: ['kind'] });
  const histogram = defineHistogram({ name: 'wam_spec_seconds', help: 'Times', buckets: [0.1, 1] });
  const gauge = defineGauge({ name: 'wam_spec_things', help: 'Things', labels: ['state'] });
  counter.add({ kind: 'a' }, 2);
  histogram.observe({}, 0.5);
  const withdraw = gauge.observeFrom(() => [[{ state: 'open' }, 3]]);
  gauge.observeFrom(() => [[{ state: 'open' }, 4]]);

  const scraped = await (await get('/metrics')).text();
  expect(scraped).toContain('wam_ready 1');
  expect(scraped).toContain('wam_spec_facts_total{kind="a"} 2');
  expect(scraped).toContain('wam_spec_seconds_bucket{le="1"} 1');
  expect(scraped).toContain('wam_spec_things{state="open"} 7');
  expect(scraped).toContain('nodejs_eventloop_lag_p99_seconds');
  withdraw();
  expect(await (await get('/metrics')).text()).toContain('wam_spec_things{state="open"} 4');
});

test('nothing else is answered there, and nothing is changed', async () => {
  expect((await get('/')).status).toBe(404);
  expect((await get('/livez', 'POST')).status).toBe(405);
});

test('when a stop has begun the process is not ready, whatever its parts say', async () => {
  health.drain();
  expect((await get('/readyz')).status).toBe(503);
  expect(await (await get('/metrics')).text()).toContain('wam_ready 0');
  expect((await get('/livez')).status).toBe(200);
});
