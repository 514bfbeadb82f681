import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createPasswordHasher, defaultHashCost, formatPhc, parsePhc } from './password-hash.ts';

const cheap = { memoryKiB: 8, passes: 1, lanes: 1 };

test('a password matches its own hash and no other', async () => {
  const hasher = createPasswordHasher(2, cheap);
  const phc = await hasher.hash('correct horse');
  expect(await hasher.matches('correct horse', phc)).toBe(true);
  expect(await hasher.matches('correct Horse', phc)).toBe(false);
  expect(await hasher.matches('correct horse', undefined)).toBe(false);
});

test('two hashes of one password differ', async () => {
  const hasher = createPasswordHasher(2, cheap);
  expect(await hasher.hash('same password')).not.toBe(await hasher.hash('same password'));
});

test('hashes of earlier, cheaper settings still verify', async () => {
  const phc = await createPasswordHasher(1, cheap).hash('an old password');
  expect(await createPasswordHasher(1, { ...cheap, passes: 2 }).matches('an old password', phc)).toBe(true);
});

test('the default cost is at least what OWASP asks for', () => {
  expect(defaultHashCost).toEqual({ memoryKiB: 19_456, passes: 2, lanes: 1 });
});

test('more hashes than slots all finish', async () => {
  const hasher = createPasswordHasher(2, cheap);
  const phc = await Promise.all(Array.from({ length: 9 }, (_, i) => hasher.hash(`password ${i}`)));
  expect(await Promise.all(phc.map((p, i) => hasher.matches(`password ${i}`, p)))).toEqual(Array(9).fill(true));
});

test('the stored string keeps its parts', () => {
  const bytes = fc.uint8Array({ minLength: 8, maxLength: 64 }).map((b) => Buffer.from(b));
  fc.assert(
    fc.property(bytes, bytes, fc.integer({ min: 8, max: 1 << 20 }), (salt, tag, memoryKiB) => {
      const stored = { cost: { memoryKiB, passes: 2, lanes: 1 }, salt, tag };
      expect(parsePhc(formatPhc(stored))).toEqual(stored);
    }),
  );
});

test('a string of another algorithm is refused', () => {
  expect(() => parsePhc('$2b$10$abc')).toThrow('not an Argon2id PHC string');
});

test('without a stored hash one is computed all the same: it waits for its turn and takes it', async () => {
  const hasher = createPasswordHasher(1);
  const stored = await hasher.hash('right');
  const finished: string[] = [];
  await Promise.all([
    hasher.matches('wrong', stored).then(() => finished.push('first')),
    hasher.matches('wrong', undefined).then(() => finished.push('unknown')),
    hasher.matches('wrong', stored).then(() => finished.push('last')),
  ]);
  expect(finished).toEqual(['first', 'unknown', 'last']);
});
