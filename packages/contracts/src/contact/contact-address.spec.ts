import fc from 'fast-check';
import { Value } from 'typebox/value';
import { expect, it } from 'vitest';
import { addressOf, addressOfLid, ContactAddress, contactOf, lidOfAddress } from './contact-address.ts';

it('is a number, or a LID that says it is one', () => {
  for (const address of ['919876543210', '123456789012345@lid'])
    expect(Value.Check(ContactAddress, address)).toBe(true);
  for (const text of ['+919876543210', '9198', '@lid', '12@lid', 'x@lid', '919876543210@s.whatsapp.net', ''])
    expect(Value.Check(ContactAddress, text)).toBe(false);
});

it('is the number as soon as that is known', () => {
  expect(addressOf({ phone: '919876543210', lid: '123456789012345' })).toBe('919876543210');
  expect(addressOf({ phone: '', lid: '123456789012345' })).toBe('123456789012345@lid');
  expect(addressOf({ phone: '' })).toBe('');
});

it('says what it was made of', () => {
  const digits = fc.stringMatching(/^[1-9][0-9]{7,14}$/);
  fc.assert(fc.property(digits, (phone) => addressOf(contactOf(phone)) === phone && lidOfAddress(phone) === undefined));
  fc.assert(
    fc.property(digits, (lid) => {
      expect(contactOf(addressOfLid(lid))).toEqual({ phone: '', lid });
      expect(addressOf(contactOf(addressOfLid(lid)))).toBe(addressOfLid(lid));
    }),
  );
});
