import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defaultUsername, normaliseEmail } from './email.ts';

test('spellings that differ in case, width or outer spaces are one e-mail', () => {
  for (const spelling of ['User@Example.com', ' user@example.com ', 'ｕｓｅｒ@example.com', 'USER@EXAMPLE.COM'])
    expect(normaliseEmail(spelling)).toBe('user@example.com');
});

test('normalising twice changes nothing', () => {
  fc.assert(fc.property(fc.emailAddress(), (email) => normaliseEmail(normaliseEmail(email)) === normaliseEmail(email)));
});

test('the username defaults to the part before the last @', () => {
  expect(defaultUsername(normaliseEmail('john.doe@example.com'))).toBe('john.doe');
  expect(defaultUsername(normaliseEmail('"a@b"@example.com'))).toBe('"a@b"');
});
