/** Who asks: accounts, logins and API keys. */
import { entry } from './entry.ts';

export const accountErrors = {
  UNAUTHORIZED: entry(
    401,
    'Unauthorized',
    'Missing or invalid authentication token',
    'No token was sent, or it is expired, malformed or not issued by this installation.',
    'Log in again and send Authorization: Bearer <token>.',
  ),
  INVALID_CREDENTIALS: entry(
    401,
    'Invalid credentials',
    'E-mail or password is wrong',
    'No account has this e-mail and password.',
    'Check both; register first if there is no account yet. Whoever has lost the password asks the operator for another one.',
  ),
  INVALID_REFRESH_TOKEN: entry(
    401,
    'Invalid refresh token',
    'The refresh token is expired, used already or unknown',
    'Each refresh token works once and for 30 days; a second use ends the logins that descend from it.',
    'Log in again.',
  ),
  WRONG_PASSWORD: entry(
    403,
    'Wrong password',
    'The current password is wrong',
    'Changing the password needs the current one.',
    'Repeat with the current password.',
  ),
  SCOPE_MISSING: entry(
    403,
    'Scope missing',
    'This API key may not do that',
    'The operation needs a scope that the key was not given, or a logged-in user.',
    'Use a key with the scope named in the message, or log in.',
  ),
  TEST_KEY_ON_LIVE_SESSION: entry(
    403,
    'Test key on a live session',
    'A test key reaches sandbox sessions only',
    'The session is linked to the real network.',
    'Use a live key, or a session of the sandbox.',
  ),
  ACCOUNT_NOT_FOUND: entry(
    404,
    'Account not found',
    'The account does not exist any more',
    'The account behind the token has been closed.',
    'Register again.',
  ),
  EMAIL_TAKEN: entry(
    409,
    'E-mail already registered',
    'An account with this e-mail already exists',
    'E-mails are unique, whatever their case.',
    'Log in instead, or register with another e-mail.',
  ),
  API_KEY_LIMIT_REACHED: entry(
    409,
    'Too many API keys',
    'An account has at most 50 API keys',
    'Fifty keys exist already.',
    'Revoke one that is not used any more.',
  ),
  API_KEY_NOT_FOUND: entry(
    404,
    'API key not found',
    'The requested API key does not exist',
    'No key of this account has this id.',
    'List your keys with GET /api/keys.',
  ),
} as const;
