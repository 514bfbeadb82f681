/** Who does not want messages: the suppression list of an account, and the words that put a number on it. */
import Type from 'typebox';
import { ContactAddress } from '../contact/contact-address.ts';
import { Instant } from '../ids.ts';
import { defineOperation } from '../operation.ts';
import { pageEnd, pageQuery } from '../pages.ts';

const Suppression = Type.Object(
  {
    number: Type.String({ description: 'Or `<lid>@lid` of somebody who opted out while WhatsApp hid the number' }),
    source: Type.Enum(['reply', 'list'], { description: 'reply: it wrote a stop word; list: somebody added it' }),
    createdAt: Instant,
  },
  { title: 'Suppression' },
);
const Words = Type.Object({
  words: Type.Array(Type.String(), { description: 'A reply that is one of these, whatever its case, opts out' }),
});

export const listSuppressions = defineOperation({
  id: 'listSuppressions',
  method: 'GET',
  path: '/api/suppressions',
  tag: 'Opt-outs',
  summary: 'Numbers that get no campaigns, newest first',
  auth: 'account',
  scope: 'read',
  query: Type.Object(
    {
      number: Type.Optional(ContactAddress),
      ...pageQuery(1000, 100),
    },
    { additionalProperties: false },
  ),
  responses: {
    200: Type.Object({
      data: Type.Array(Suppression),
      ...pageEnd,
    }),
  },
  errors: ['VALIDATION_FAILED'],
  example: { query: { limit: 100 } },
  route: { via: 'request', service: 'dispatcher' },
});

export const addSuppressions = defineOperation({
  id: 'addSuppressions',
  method: 'POST',
  path: '/api/suppressions',
  tag: 'Opt-outs',
  summary: 'Leave numbers out of all campaigns',
  description: 'Also of campaigns that are running. Single messages to these numbers are still sent.',
  auth: 'account',
  scope: 'manage',
  body: Type.Object(
    { numbers: Type.Array(ContactAddress, { minItems: 1, maxItems: 10_000 }) },
    { additionalProperties: false },
  ),
  responses: { 200: Type.Object({ added: Type.Integer({ description: 'Those that were not on the list' }) }) },
  errors: [],
  example: { body: { numbers: ['919876543219'] } },
  route: { via: 'request', service: 'dispatcher' },
});

export const importSuppressions = defineOperation({
  id: 'importSuppressions',
  method: 'POST',
  path: '/api/suppressions/import',
  tag: 'Opt-outs',
  summary: 'Put the numbers of a CSV or NDJSON file on the list',
  description:
    'The body is the file itself, of any length, and may be streamed. CSV: the first line names the columns, one of them `number` (or `phone`), or there are only numbers; other columns are passed over. Rows that are no numbers are left out and listed with their line and the reason. Each number counts as soon as it was read: a file that breaks off can simply be sent again.',
  auth: 'account',
  scope: 'manage',
  noIdempotencyKey: 'Numbers that are there already are left out, so that a repeated import changes nothing.',
  responses: {
    200: Type.Object({
      rows: Type.Integer({ description: 'Rows read' }),
      added: Type.Integer({ description: 'Those that were not on the list' }),
      bad: Type.Integer(),
      duplicates: Type.Integer({ description: 'Those that were on the list already, or came before in the file' }),
      problems: Type.Array(
        Type.Object({
          row: Type.Integer({ description: 'Line of the file' }),
          reason: Type.String(),
          value: Type.String({ description: 'What stands there, as far as it can be shown' }),
        }),
        { description: 'The first 100 bad rows' },
      ),
    }),
  },
  errors: ['VALIDATION_FAILED'],
  example: {},
  route: {
    via: 'upload',
    service: 'dispatcher',
    contentTypes: ['text/csv', 'application/x-ndjson'],
    maxBytes: 2_147_483_648,
    example: 'number\n919876543219\n919876543218\n',
  },
});

export const exportSuppressions = defineOperation({
  id: 'exportSuppressions',
  method: 'GET',
  path: '/api/suppressions/export',
  tag: 'Opt-outs',
  summary: 'The whole list as CSV',
  description: 'In no particular order; `importSuppressions` reads it again.',
  auth: 'account',
  scope: 'read',
  responses: { 200: Type.String() },
  errors: [],
  example: {},
  route: { via: 'download', service: 'dispatcher', contentType: 'text/csv' },
});

export const removeSuppression = defineOperation({
  id: 'removeSuppression',
  method: 'DELETE',
  path: '/api/suppressions/:number',
  tag: 'Opt-outs',
  summary: 'Take a number off the list',
  description: 'Only when its owner asked for it. A number that is not on the list stays off it.',
  auth: 'account',
  scope: 'manage',
  params: Type.Object({ number: ContactAddress }, { additionalProperties: false }),
  responses: { 200: Type.Object({ removed: Type.Boolean() }) },
  errors: [],
  example: { params: { number: '919876543219' } },
  route: { via: 'request', service: 'dispatcher' },
});

export const getOptOutWords = defineOperation({
  id: 'getOptOutWords',
  method: 'GET',
  path: '/api/opt-out-words',
  tag: 'Opt-outs',
  summary: 'Words by which a recipient opts out',
  auth: 'account',
  scope: 'read',
  responses: { 200: Words },
  errors: [],
  example: {},
  route: { via: 'request', service: 'dispatcher' },
});

export const setOptOutWords = defineOperation({
  id: 'setOptOutWords',
  method: 'POST',
  path: '/api/opt-out-words',
  tag: 'Opt-outs',
  summary: 'Choose the words by which a recipient opts out',
  description: 'They replace the present ones. STOP always counts.',
  auth: 'account',
  scope: 'manage',
  body: Type.Object(
    { words: Type.Array(Type.String({ minLength: 1, maxLength: 40 }), { minItems: 1, maxItems: 50 }) },
    { additionalProperties: false },
  ),
  responses: { 200: Words },
  errors: [],
  example: { body: { words: ['STOP', 'UNSUBSCRIBE', 'BAS'] } },
  route: { via: 'request', service: 'dispatcher' },
});
