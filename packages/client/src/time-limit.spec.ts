import { expect, it } from 'vitest';
import { timeLimitMs } from './call.ts';

it('a try may take what its call says, else what the client says, but a file as long as the platform gives it', () => {
  const hurried = { timeoutMs: 5_000 };
  expect(timeLimitMs({}, {}, {})).toBe(60_000);
  expect(timeLimitMs(hurried, {}, {})).toBe(5_000);
  for (const file of [{ contentType: 'text/csv' }, { download: true }]) {
    expect(timeLimitMs(hurried, file, {})).toBe(1_800_000);
    expect(timeLimitMs({}, file, hurried)).toBe(5_000);
  }
});
