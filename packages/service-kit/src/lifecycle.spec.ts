import { describe, expect, test } from 'vitest';
import { composeServices, defineService, type Service } from './lifecycle.ts';
import { createSilentLogger } from './telemetry/logger.ts';

const logger = createSilentLogger();

function recorded() {
  const calls: string[] = [];
  const service = (name: string, overrides: Partial<Service> = {}): Service =>
    defineService({
      name,
      start: async () => void calls.push(`start ${name}`),
      stop: async () => void calls.push(`stop ${name}`),
      health: () => ({ ready: true }),
      ...overrides,
    });
  return { calls, service };
}

describe('composed services', () => {
  test('start in order and stop in reverse', async () => {
    const { calls, service } = recorded();
    const all = composeServices([service('a'), service('b'), service('c')], { logger });
    expect(all.health()).toEqual({ ready: false, detail: 'new' });
    await all.start();
    expect(all.health()).toEqual({ ready: true });
    const stopped = all.stop();
    expect(all.health()).toEqual({ ready: false, detail: 'stopping' });
    await stopped;
    expect(calls).toEqual(['start a', 'start b', 'start c', 'stop c', 'stop b', 'stop a']);
  });

  test('when one fails to start, it and those before it are stopped, and the error is thrown', async () => {
    const { calls, service } = recorded();
    const failing = service('b', { start: () => Promise.reject(new Error('port in use')) });
    const all = composeServices([service('a'), failing, service('c')], { logger });
    await expect(all.start()).rejects.toThrow('port in use');
    expect(calls).toEqual(['start a', 'stop b', 'stop a']);
    await all.stop();
    expect(calls).toHaveLength(3);
  });

  test('one that fails to stop does not keep the others running', async () => {
    const { calls, service } = recorded();
    const failing = service('b', { stop: () => Promise.reject(new Error('stuck')) });
    const all = composeServices([service('a'), failing], { logger });
    await all.start();
    await expect(all.stop()).rejects.toThrow(AggregateError);
    expect(calls.at(-1)).toBe('stop a');
  });

  test('stopping during the start ends it at the next part', async () => {
    const { calls, service } = recorded();
    const entered = Promise.withResolvers<void>();
    const starting = Promise.withResolvers<void>();
    const slow = service('b', {
      start() {
        entered.resolve();
        return starting.promise;
      },
    });
    const all = composeServices([service('a'), slow, service('c')], { logger });
    const started = all.start();
    await entered.promise;
    const stopped = all.stop();
    starting.resolve();
    await Promise.all([started, stopped]);
    expect(calls).toEqual(['start a', 'stop b', 'stop a']);
  });

  test('stop once however often they are told, also by leaving a scope', async () => {
    const { calls, service } = recorded();
    {
      await using all = composeServices([service('a')], { logger });
      await all.start();
      await Promise.all([all.stop(), all.stop()]);
    }
    expect(calls).toEqual(['start a', 'stop a']);
  });

  test('are ready when each of them is, and say which one is not', async () => {
    const { service } = recorded();
    const all = composeServices(
      [service('a'), service('b', { health: () => ({ ready: false, detail: 'replaying' }) })],
      {
        logger,
      },
    );
    await all.start();
    expect(all.health()).toEqual({ ready: false, detail: 'b: replaying' });
    await all.stop();
  });
});
