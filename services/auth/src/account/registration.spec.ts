import { expect, test } from 'vitest';
import { prepareRegistration } from './registration.ts';

test('a registration has the normalised e-mail and the given username', () => {
  expect(prepareRegistration({ email: 'User@Example.com', username: ' johndoe ' })).toEqual({
    email: 'user@example.com',
    username: 'johndoe',
  });
});

test('without a username, or with a blank one, it is the part before the @', () => {
  for (const more of [{}, { username: '' }, { username: '   ' }])
    expect(prepareRegistration({ email: 'john@example.com', ...more })).toMatchObject({ username: 'john' });
});

test('an e-mail that only normalisation makes invalid is refused', () => {
  // A full-width and a small @, which pass the pattern as sent.
  for (const email of ['a@b.example.com\uff20evil.com', 'a\ufe6bb@example.com'])
    expect(prepareRegistration({ email })).toMatchObject({ code: 'VALIDATION_FAILED', param: 'email' });
});
