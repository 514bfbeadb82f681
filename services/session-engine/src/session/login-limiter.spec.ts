import { expect, it } from 'vitest';
import { createLoginLimiter } from './login-limiter.ts';

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
};

it('A place that is given back goes to who waited, not to who comes in the same moment', async () => {
  const { acquire } = createLoginLimiter(1);
  const inside: string[] = [];
  const enter = (name: string) =>
    acquire().then((leave) => {
      inside.push(name);
      return () => {
        inside.splice(inside.indexOf(name), 1);
        leave();
      };
    });
  const leaveFirst = await enter('first');
  const second = enter('second');
  await turns();
  leaveFirst();
  const third = enter('third');
  await turns();
  expect(inside).toEqual(['second']);
  (await second)();
  await third;
  expect(inside).toEqual(['third']);
});

it('A place given back twice is one place', async () => {
  const { acquire } = createLoginLimiter(1);
  const leave = await acquire();
  leave();
  leave();
  await acquire();
  let isIn = false;
  void acquire().then(() => {
    isIn = true;
  });
  await turns();
  expect(isIn).toBe(false);
});
