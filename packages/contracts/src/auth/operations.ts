import Type from 'typebox';
import { Uuid } from '../ids.ts';
import { defineOperation } from '../operation.ts';

export const EmailAddress = Type.String({
  // Deliberately loose: one @, no spaces inside, a dot in the domain. Deliverability is not decided by a pattern.
  pattern: '^\\s*[^\\s@\\u0000-\\u001f]+@[^\\s@\\u0000-\\u001f]+\\.[^\\s@\\u0000-\\u001f]+\\s*$',
  maxLength: 254,
  description: 'E-mail address. Case and spaces around it make no difference',
  examples: ['user@example.com'],
});
const Password = Type.String({ minLength: 8, maxLength: 200, description: 'At least 8 characters' });

const Signed = Type.Object({
  message: Type.String(),
  token: Type.String({ description: 'Access token for the Authorization header' }),
  refreshToken: Type.String({ description: 'Exchange it at /api/token/refresh for a new pair; each works once' }),
  user: Type.Object({ userId: Uuid, email: Type.String(), username: Type.String() }),
});

export const register = defineOperation({
  id: 'register',
  method: 'POST',
  path: '/api/register',
  tag: 'Authentication',
  summary: 'Create an account',
  auth: 'public',
  rateLimit: 'auth',
  body: Type.Object(
    {
      email: EmailAddress,
      password: Password,
      username: Type.Optional(
        Type.String({ minLength: 1, maxLength: 100, description: 'Defaults to the part before the @' }),
      ),
    },
    { additionalProperties: false },
  ),
  responses: { 201: Signed },
  errors: ['EMAIL_TAKEN'],
  example: { body: { email: 'user@example.com', password: 'securepassword123', username: 'johndoe' } },
  route: { via: 'request', service: 'auth' },
});

export const login = defineOperation({
  id: 'login',
  method: 'POST',
  path: '/api/login',
  tag: 'Authentication',
  summary: 'Log in and receive a token',
  auth: 'public',
  rateLimit: 'auth',
  body: Type.Object(
    { email: Type.String({ minLength: 1, maxLength: 254 }), password: Type.String({ minLength: 1, maxLength: 200 }) },
    { additionalProperties: false },
  ),
  responses: { 200: Signed },
  errors: ['INVALID_CREDENTIALS'],
  example: { body: { email: 'user@example.com', password: 'securepassword123' } },
  route: { via: 'request', service: 'auth' },
});
