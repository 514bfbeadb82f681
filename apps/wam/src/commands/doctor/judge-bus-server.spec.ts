import { expect, it } from 'vitest';
import { type BusServerState, judgeBusServer } from './judge-bus-server.ts';

const gigabyte = 1024 ** 3;
const server = (config: NonNullable<BusServerState['jetstream']['config']>, storage = 0): BusServerState => ({
  server_name: 'nats-0',
  version: '2.15.1',
  jetstream: { config, stats: { storage } },
});
const told = (state: BusServerState) => judgeBusServer('http://x', state).map((each) => `${each.state} ${each.about}`);
const good = { max_storage: 18 * gigabyte, sync_interval: 120e9, sync_always: true };

it('a server with a limit of its own, and that writes at once, is in order', () => {
  expect(told(server(good))).toEqual(['ok room of nats-0', 'ok store of nats-0']);
  expect(told(server({ ...good, max_storage: 50_000_000_000 }))).toEqual(['ok room of nats-0', 'ok store of nats-0']);
});
it('a limit that nobody has set is told: after the next start it may be less than what is stored', () => {
  expect(told(server({ ...good, max_storage: 56_784_199_680 }))).toContain('warning store of nats-0');
});
it('a server that is nearly full is told, before and after it stores nothing more', () => {
  expect(told(server(good, 15 * gigabyte))).toContain('warning room of nats-0');
  expect(told(server(good, 19 * gigabyte))).toContain('fault room of nats-0');
});
it('a server that writes to its disk later is told, unless it is too old to say', () => {
  expect(told(server({ max_storage: gigabyte, sync_interval: 120e9 }))).toContain('warning disk of nats-0');
  expect(told(server({ max_storage: gigabyte }))).toEqual(['ok room of nats-0', 'ok store of nats-0']);
});
it('a server that keeps nothing is a fault', () => {
  expect(told({ server_name: 'nats-0', version: '2.15.1', jetstream: {} })).toEqual(['fault store of nats-0']);
});
it('a server without a name is called by its address', () => {
  const nameless = { ...server(good), server_name: `N${'A'.repeat(55)}` };
  expect(judgeBusServer('http://10.0.0.1:8222', nameless)[0]?.about).toBe('room of http://10.0.0.1:8222');
});
