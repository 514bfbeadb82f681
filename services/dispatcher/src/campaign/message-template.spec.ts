import fc from 'fast-check';
import { expect, it } from 'vitest';
import { brokenPlaceholderOf, messageTo, placeholdersOf, renderMessage } from './message-template.ts';

it('each placeholder is replaced by its value, wherever and however often it stands', () => {
  const text = 'Hello {{name}}, {{ name }}: {{city}}!';
  expect(placeholdersOf(text)).toEqual([
    { name: 'name', isOptional: false },
    { name: 'city', isOptional: false },
  ]);
  expect(renderMessage(text, { name: 'Asha', city: 'Pune' })).toBe('Hello Asha, Asha: Pune!');
});

it('what stands behind a bar stands in for a value that is missing', () => {
  const text = 'Hello {{ name | dear friend }}{{title|}}, {{name|you}}!';
  expect(placeholdersOf(text)).toEqual([
    { name: 'name', isOptional: true },
    { name: 'title', isOptional: true },
  ]);
  expect(renderMessage(text, {})).toBe('Hello dear friend, you!');
  expect(renderMessage(text, { name: 'Asha' })).toBe('Hello Asha, Asha!');
});

it('a name that stands alone anywhere needs its value', () => {
  for (const text of ['{{name|you}} {{name}}', '{{name}} {{name|you}}'])
    expect(placeholdersOf(text)).toEqual([{ name: 'name', isOptional: false }]);
});

it('a value is text: neither placeholders nor patterns in it mean anything', () => {
  expect(renderMessage('{{a}}', { a: '{{b}} $& $1', b: 'no' })).toBe('{{b}} $& $1');
});

it('the number of a contact is one of its values, while it does not hide it', () => {
  expect(messageTo('919876543210', '{{number|you}}, {{name}}', { name: 'Asha' })).toBe('919876543210, Asha');
  expect(messageTo('123456789012345@lid', '{{number|you}}, {{name}}', { name: 'Asha' })).toBe('you, Asha');
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

it('braces in pairs that are no placeholder are found, whole placeholders and single braces are not', () => {
  for (const text of ['Hi {{name', 'Hi name}}', '{{}}', '{{a{b}}', '{{name}} and {{city', '{{|friend}}', '{{a|b|c}}'])
    expect(brokenPlaceholderOf(text), text).toBeDefined();
  for (const text of [
    'Hi',
    '{{name}}',
    '{{ first name }}, {{x}}!',
    '{{name|friend}}',
    '{{name|}}',
    '{name}',
    '} {',
    '',
  ]) {
    expect(brokenPlaceholderOf(text), text).toBeUndefined();
  }
  expect(brokenPlaceholderOf('Hi {{name, how are you today? All is well')).toBe('{{name, how are you to');
});
