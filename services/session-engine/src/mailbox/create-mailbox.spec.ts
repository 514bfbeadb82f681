import { describe, expect, it } from 'vitest';
import { createMailbox } from './create-mailbox.ts';

const setup = (capacity = 64) => {
  const errors: unknown[] = [];
  return { errors, mailbox: createMailbox({ capacity, onError: (error) => errors.push(error) }) };
};

describe('A mailbox', () => {
  it('runs one task at a time, in the order of posting', async () => {
    const { mailbox } = setup();
    const log: string[] = [];
    for (const name of ['a', 'b', 'c']) {
      mailbox.post(async () => {
        log.push(`${name} starts`);
        await new Promise(setImmediate);
        log.push(`${name} ends`);
      });
    }
    await mailbox.close();
    expect(log).toEqual(['a starts', 'a ends', 'b starts', 'b ends', 'c starts', 'c ends']);
  });

  it('goes on after a task that failed, and reports it', async () => {
    const { mailbox, errors } = setup();
    let ran = false;
    mailbox.post(() => Promise.reject(new Error('broken')));
    mailbox.post(async () => {
      ran = true;
    });
    await mailbox.close();
    expect(ran).toBe(true);
    expect(errors).toEqual([new Error('broken')]);
  });

  it('refuses a task when as many wait as it holds', async () => {
    const { mailbox } = setup(2);
    const nothing = async () => undefined;
    // The first one runs already and does not wait.
    expect([1, 2, 3, 4].map(() => mailbox.post(nothing))).toEqual([true, true, true, false]);
    await mailbox.close();
  });

  it('refuses tasks after it was closed', async () => {
    const { mailbox } = setup();
    await mailbox.close();
    expect(mailbox.post(async () => undefined)).toBe(false);
  });
});
