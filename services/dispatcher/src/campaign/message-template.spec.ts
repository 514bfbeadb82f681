import fc from 'fast-check';
import { expect, it } from 'vitest';
import { placeholdersOf, renderMessage } from './message-template.ts';

it('each placeholder is replaced by its value, wherever and however often it stands', () => {
  const text = 'Hello {{name}}, {{ name }}: {{city}}!';
  expect(placeholdersOf(text)).toEqual(['name', 'city']);
  expect(renderMessage(text, { name: 'Asha', city: 'Pune' })).toBe('Hello Asha, Asha: Pune!');
});

it('a value is text: neither placeholders nor patterns in it mean anything', () => {
  expect(renderMessage('{{a}}', { a: '{{b}} $& $1', b: 'no' })).toBe('{{b}} $& $1');
});

it('what is no placeholder stays, also names of what every object has', () => {
  for (const text of ['{name}', '{{}}', '{{ }}', '{{toString}}', '{{__proto__}}'])
    expect(renderMessage(text, {})).toBe(text);
});

it('a text without placeholders is sent as it is', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      fc.pre(placeholdersOf(text).length === 0);
      expect(renderMessage(text, { a: 'b' })).toBe(text);
    }),
  );
});
