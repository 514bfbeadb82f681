import { once } from 'node:events';
import { connect } from 'node:net';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import { createTestDatabase } from './create-test-database.ts';
import { startTestNats } from './start-test-nats.ts';

test('every suite gets an empty database of its own, and drops it with its connections', async () => {
  await using first = await createTestDatabase();
  await using second = await createTestDatabase();
  expect(first.url).not.toBe(second.url);

  const client = new Client({ connectionString: first.url });
  const closed = new Promise((resolve) => client.on('error', resolve));
  await client.connect();
  const tables = await client.query("SELECT 1 FROM pg_tables WHERE schemaname = 'public'");
  expect(tables.rowCount).toBe(0);

  await first.drop();
  await closed;
});

test('a nats-server comes back after a kill on the same address', async () => {
  await using nats = await startTestNats();
  expect(await greeting(nats.url)).toMatch(/^INFO /);
  await nats.kill();
  await expect(greeting(nats.url)).rejects.toThrow('ECONNREFUSED');
  await nats.restart();
  expect(await greeting(nats.url)).toMatch(/^INFO /);
});

async function greeting(url: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  try {
    const [data] = (await once(socket, 'data')) as [Buffer];
    return data.toString();
  } finally {
    socket.destroy();
  }
}
