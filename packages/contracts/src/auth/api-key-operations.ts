import Type from 'typebox';
import { Instant } from '../ids.ts';
import { defineOperation } from '../operation.ts';

export const ApiKeyIdSchema = Type.String({
  pattern: '^key_[0-9A-HJKMNP-TV-Z]{26}$',
  description: 'API key id',
  examples: ['key_01JD8X3M5N6P7Q8R9S0T1V2W3X'],
});
const fields = {
  keyId: ApiKeyIdSchema,
  name: Type.String(),
  mode: Type.Enum(['live', 'test'], { description: 'test: reaches sandbox sessions only' }),
  scopes: Type.Array(Type.Enum(['read', 'send', 'manage'])),
  prefix: Type.String({ description: 'First characters of the key, to tell keys apart', examples: ['wa_live_Ab3x'] }),
  createdAt: Instant,
  lastUsedAt: Type.Union([Instant, Type.Null()], { description: 'Accurate to about a minute' }),
};
const keyParams = Type.Object({ keyId: ApiKeyIdSchema }, { additionalProperties: false });

export const createApiKey = defineOperation({
  id: 'createApiKey',
  method: 'POST',
  path: '/api/keys',
  tag: 'API keys',
  summary: 'Create an API key',
  description: 'The key itself is in this answer only; afterwards only its hash is kept.',
  auth: 'account',
  scope: 'manage',
  usersOnly: true,
  feature: 'api-keys',
  body: Type.Object(
    {
      name: Type.String({ minLength: 1, maxLength: 100 }),
      mode: Type.Optional(Type.Enum(['live', 'test'], { default: 'live' })),
      scopes: Type.Optional(
        Type.Array(Type.Enum(['read', 'send', 'manage']), { minItems: 1, maxItems: 3, uniqueItems: true }),
      ),
    },
    { additionalProperties: false },
  ),
  responses: { 201: Type.Object({ ...fields, key: Type.String({ description: 'Shown once' }) }) },
  errors: ['FEATURE_NOT_IN_PLAN', 'API_KEY_LIMIT_REACHED'],
  example: { body: { name: 'CRM', mode: 'test', scopes: ['read', 'send'] } },
  route: { via: 'request', service: 'auth' },
});

export const listApiKeys = defineOperation({
  id: 'listApiKeys',
  method: 'GET',
  path: '/api/keys',
  tag: 'API keys',
  summary: 'List the API keys of the account',
  auth: 'account',
  scope: 'manage',
  responses: { 200: Type.Object({ keys: Type.Array(Type.Object(fields)), total: Type.Integer() }) },
  errors: [],
  example: {},
  route: { via: 'request', service: 'auth' },
});

export const revokeApiKey = defineOperation({
  id: 'revokeApiKey',
  method: 'DELETE',
  path: '/api/keys/:keyId',
  tag: 'API keys',
  summary: 'Revoke an API key',
  description: 'Takes effect on every gateway in under two seconds.',
  auth: 'account',
  scope: 'manage',
  usersOnly: true,
  params: keyParams,
  responses: { 200: Type.Object({ success: Type.Boolean(), message: Type.String() }) },
  errors: ['API_KEY_NOT_FOUND'],
  example: { params: { keyId: 'key_01JD8X3M5N6P7Q8R9S0T1V2W3X' } },
  route: { via: 'request', service: 'auth' },
});
