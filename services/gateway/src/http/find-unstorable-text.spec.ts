import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findUnstorableText } from './find-unstorable-text.ts';

test.each([
  ['a NUL character', { a: ['x', { b: 'y\0' }] }, 'a.1.b', 'NUL'],
  ['half a surrogate pair', { to: '\ud83d' }, 'to', 'surrogates'],
  ['a bad field name', { a: { 'b\0': 1 } }, 'a', 'field names'],
])('finds %s and says where', (_title, value, param, problem) => {
  const found = findUnstorableText(value);
  expect(found?.param).toBe(param);
  expect(found?.problem).toContain(problem);
});

test('finds nesting that serialisation could not take', () => {
  let nested: unknown = 1;
  for (let i = 0; i < 33; i++) nested = [nested];
  expect(findUnstorableText(nested)?.problem).toContain('32 levels');
});

test('whatever passes comes through UTF-8 JSON unchanged', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
      if (findUnstorableText(value) !== undefined) return;
      const bytes = Buffer.from(JSON.stringify(value), 'utf8');
      expect(JSON.stringify(JSON.parse(bytes.toString('utf8')))).toBe(JSON.stringify(value));
      expect(JSON.stringify(value)).not.toContain('\\u0000');
    }),
  );
});
