import { eventually, startTestNats } from '@wam/testkit';
import { expect, test } from 'vitest';
import { printMetrics } from '../telemetry/metrics.ts';
import { connectNats } from './connect.ts';

test('a lost connection is exported until it is made again, and one that was closed is no loss', async () => {
  await using nats = await startTestNats();
  const connection = await connectNats({ url: nats.url, name: 'spec' });
  const down = async () => /^wam_nats_connections_down (\d+)$/m.exec((await printMetrics()).text)?.[1];
  expect(await down()).toBe('0');
  await nats.kill();
  await eventually(async () => expect(await down()).toBe('1'));
  await nats.restart();
  await eventually(async () => expect(await down()).toBe('0'));
  await nats.kill();
  await eventually(async () => expect(await down()).toBe('1'));
  await connection.close();
  await eventually(async () => expect(await down()).toBe('0'));
});
