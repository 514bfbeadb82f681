import Type from 'typebox';
import { Uuid } from '../ids.ts';
import { defineOperation } from '../operation.ts';

/** Numbers one request may ask for; WhatsApp blocks accounts that ask for many. */
export const maxCheckedNumbers = 50;

export const checkContacts = defineOperation({
  id: 'checkContacts',
  method: 'GET',
  path: '/api/contacts/check',
  tag: 'Contacts',
  summary: 'Whether numbers are on WhatsApp',
  description:
    'Asks WhatsApp through the session, or through the oldest connected one. What is known is not asked again: a number that is on WhatsApp for a day, another one for an hour. WhatsApp blocks accounts that check many unknown numbers; sending checks the recipient anyway.',
  auth: 'account',
  scope: 'read',
  query: Type.Object(
    {
      numbers: Type.String({
        pattern: `^[1-9][0-9]{7,14}(,[1-9][0-9]{7,14}){0,${maxCheckedNumbers - 1}}$`,
        description: `List of 1 to ${maxCheckedNumbers} phone numbers with country code, digits only, separated by commas`,
        examples: ['919876543210,919876543211'],
      }),
      sessionId: Type.Optional(Uuid),
    },
    { additionalProperties: false },
  ),
  responses: {
    200: Type.Object({
      results: Type.Array(
        Type.Object({
          number: Type.String(),
          onWhatsApp: Type.Boolean(),
          lid: Type.Optional(Type.String({ description: 'The private id under which WhatsApp knows the contact' })),
        }),
        { description: 'In the order of the request, each number once' },
      ),
    }),
  },
  errors: ['SESSION_NOT_FOUND', 'SESSION_NOT_CONNECTED'],
  example: { query: { numbers: '919876543210,919876543211' } },
  route: { via: 'owner', timeoutMs: 15_000, session: 'in-query-or-connected' },
});
