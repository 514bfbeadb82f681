import fc from 'fast-check';
import { expect, test } from 'vitest';
import { describePhoneNumber } from './describe-phone-number.ts';

const rule = 'must be a phone number with country code, digits only, without the + sign';

test.each([
  ['+919876543210', `${rule}: use 919876543210`],
  ['00919876543210', `${rule}: use 919876543210`],
  ['+91 (98765) 432-10', `${rule}: use 919876543210`],
  ['919876543210@c.us', `${rule}: use 919876543210`],
  ['919876543210@s.whatsapp.net', `${rule}: use 919876543210`],
  ['120363041234567890@g.us', `${rule}, such as 919876543210`],
  ['98765', `${rule}; this one is too short, the country code may be missing`],
  ['9198765432109876', `${rule}; this one is longer than 15 digits`],
  ['09876543210', `${rule}; replace the leading 0 by the country code`],
  ['', `${rule}, such as 919876543210`],
  ['call me', `${rule}, such as 919876543210`],
])('%j %s', (value, words) => {
  expect(describePhoneNumber(value)).toBe(words);
});

test('a LID is explained where one is taken', () => {
  expect(describePhoneNumber('me@lid', true)).toBe(
    `${rule}; or a LID as a message told it, such as 123456789012345@lid`,
  );
  expect(describePhoneNumber('123456789012345@lid')).toBe(`${rule}, such as 919876543210`);
});

test('whatever is sent, the rule is stated', () => {
  fc.assert(fc.property(fc.string(), (value) => describePhoneNumber(value).startsWith(rule)));
});
