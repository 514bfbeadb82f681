import { describe, expect, it } from 'vitest';
import { coalesceWrites } from './coalesce-writes.ts';

function setup({ writableLength = 0 } = {}) {
  const log: string[] = [];
  const line = { cork: () => log.push('cork'), uncork: () => log.push('uncork'), writableLength };
  const writer = {
    send(data: Uint8Array, done?: (error?: Error) => void) {
      log.push(`${Buffer.from(data)}${done ? ', waits' : ''}`);
    },
  };
  coalesceWrites(writer, line as never);
  return { log, writer, turn: () => new Promise(setImmediate) };
}
const bytes = (text: string) => Buffer.from(text);

describe('What a socket writes', () => {
  it('in one turn leaves together, in order, a message each', async () => {
    const { log, writer, turn } = setup();
    const done: string[] = [];
    writer.send(bytes('a'), () => done.push('a'));
    writer.send(bytes('b'), () => done.push('b'));
    expect(done).toEqual(['a', 'b']);
    await turn();
    writer.send(bytes('c'));
    await turn();
    expect(log).toEqual(['cork', 'a', 'b', 'uncork', 'cork', 'c', 'uncork']);
  });

  it('waits for the line when that does not keep up', () => {
    const { log, writer } = setup({ writableLength: 100_000 });
    let done = false;
    writer.send(bytes('a'), () => {
      done = true;
    });
    expect([done, log]).toEqual([false, ['cork', 'a, waits']]);
  });
});
