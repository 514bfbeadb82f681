import { createSilentLogger, VirtualClock } from '@wam/service-kit';
import { expect, it } from 'vitest';
import { createFailingRecord } from './failing-record.ts';

function record(inRow?: number) {
  const clock = new VirtualClock();
  const writes: { since: number | undefined; end: (error?: Error) => void }[] = [];
  const failing = createFailingRecord(inRow, {
    write(since) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      writes.push({ since: since?.getTime(), end: (error) => (error === undefined ? resolve() : reject(error)) });
      return promise;
    },
    clock,
    logger: createSilentLogger(),
  });
  return { clock, writes, failing };
}
const since = (writes: { since: number | undefined }[]) => writes.map((write) => write.since);

it('what changes during a write is written after it, and only the last of it', async () => {
  const { writes, failing } = record();
  const written = failing.tell(1_000);
  void failing.tell(undefined);
  void failing.tell(2_000);
  expect(since(writes)).toEqual([1_000]);
  void failing.tell(undefined);
  writes[0]!.end();
  await expect.poll(() => since(writes)).toEqual([1_000, undefined]);
  writes[1]!.end();
  await written;
  expect(failing.tell(undefined)).toBeUndefined();
});

it('what could not be written is written again, until the process stops', async () => {
  const { clock, writes, failing } = record(1_000);
  const written = failing.tell(undefined);
  writes[0]!.end(new Error('away'));
  await clock.advance(1_000);
  expect(since(writes)).toEqual([undefined, undefined]);
  failing.stop();
  writes[1]!.end(new Error('away'));
  await written;
  expect(writes).toHaveLength(2);
});
