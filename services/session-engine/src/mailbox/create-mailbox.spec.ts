import { describe, expect, it } from 'vitest';
import { createMailbox } from './create-mailbox.ts';

const setup = () => {
  const errors: unknown[] = [];
  const mailbox = createMailbox({ onError: (error) => errors.push(error) });
  const emptied = () => new Promise<void>((resolve) => mailbox.post(async () => resolve()));
  return { errors, mailbox, emptied };
};

describe('A mailbox', () => {
  it('runs one task at a time, in the order of posting', async () => {
    const { mailbox, emptied } = setup();
    const log: string[] = [];
    for (const name of ['a', 'b', 'c']) {
      mailbox.post(async () => {
        log.push(`${name} starts`);
        await new Promise(setImmediate);
        log.push(`${name} ends`);
      });
    }
    // The first one runs already and does not wait.
    expect(mailbox.size).toBe(2);
    await emptied();
    expect(log).toEqual(['a starts', 'a ends', 'b starts', 'b ends', 'c starts', 'c ends']);
  });

  it('goes on after a task that failed, and reports it', async () => {
    const { mailbox, errors, emptied } = setup();
    mailbox.post(() => Promise.reject(new Error('broken')));
    await emptied();
    expect(errors).toEqual([new Error('broken')]);
  });
});
