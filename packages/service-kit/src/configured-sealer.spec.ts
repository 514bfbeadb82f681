import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { ConfigError } from './config.ts';
import { configuredSealer } from './configured-sealer.ts';
import { Secret } from './secret.ts';

const newKey = () => new Secret(randomBytes(32).toString('base64'));
const context = { tenant: 't', purpose: 'p', id: 'i' };

test('a sealer opens what is under its key or one of the others', () => {
  const [former, next, current] = [newKey(), newKey(), newKey()];
  const others = new Secret(`${former.reveal()}, ${next.reveal()}`);
  const sealer = configuredSealer({ WAM_KEK: current, WAM_OTHER_KEKS: others });
  for (const WAM_KEK of [former, next, current]) {
    expect(sealer.open(context, configuredSealer({ WAM_KEK }).seal(context, 'x')).toString()).toBe('x');
  }
});

test('further keys may stand behind the first, as in a file that holds them all; only the first one seals', () => {
  const [current, former] = [newKey(), newKey()];
  const sealer = configuredSealer({ WAM_KEK: new Secret(`${current.reveal()},${former.reveal()}\n`) });
  expect(sealer.open(context, configuredSealer({ WAM_KEK: former }).seal(context, 'x')).toString()).toBe('x');
  const sealed = sealer.seal(context, 'y');
  expect(configuredSealer({ WAM_KEK: current }).open(context, sealed).toString()).toBe('y');
  expect(() => configuredSealer({ WAM_KEK: former }).open(context, sealed)).toThrow();
  expect(() => configuredSealer({ WAM_KEK: new Secret(`${current.reveal()},c2hvcnQ=`) })).toThrow(ConfigError);
});

test('keys of a wrong length are all named, and none is shown', () => {
  const [short, long] = [new Secret('c2hvcnQ='), new Secret(randomBytes(33).toString('base64'))];
  const start = () => configuredSealer({ WAM_KEK: short, WAM_OTHER_KEKS: long });
  expect(start).toThrow(ConfigError);
  expect(start).toThrow(/WAM_KEK.*\n.*WAM_OTHER_KEKS/);
  expect(start).not.toThrow(short.reveal());
});
