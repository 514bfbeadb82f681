import Type from 'typebox';
import { Instant } from '../ids.ts';
import { defineOperation } from '../operation.ts';
import { FeedCursor, publicEventSchema, publicEventTypes } from './public-events.ts';

export const listEvents = defineOperation({
  id: 'listEvents',
  method: 'GET',
  path: '/api/events',
  tag: 'Events',
  summary: 'What happened, oldest first',
  description:
    'A page of the feed from behind `after` on; without it from 72 h ago, and with `after=latest` from now. Repeat with `after` set to the `cursor` of the last answer and nothing is missed. `wait` holds the request until there is something. With `Accept: text/event-stream` the answer is a stream of server-sent events that resumes by `Last-Event-ID`. Session events are in every plan, message and campaign events from Starter up. The same events come over `GET /ws` and Socket.IO.',
  auth: 'account',
  scope: 'read',
  query: Type.Object(
    {
      after: Type.Optional(FeedCursor),
      session: Type.Optional(
        Type.String({ pattern: '^[0-9a-f,-]{36,3700}$', description: 'Session id, or several with commas between' }),
      ),
      type: Type.Optional(
        Type.String({
          pattern: '^[a-z.*,]{1,2000}$',
          description:
            'Event type such as message.received, or several with commas between; session.* for all of a kind',
        }),
      ),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
      wait: Type.Optional(
        Type.Integer({ minimum: 0, maximum: 30, default: 0, description: 'Seconds to wait for the first event' }),
      ),
      ticket: Type.Optional(
        Type.String({ maxLength: 4096, description: 'Instead of a header, from POST /api/events/ticket' }),
      ),
    },
    { additionalProperties: false },
  ),
  responses: {
    200: Type.Object({
      events: Type.Array(Type.Union(publicEventTypes.map(publicEventSchema))),
      cursor: FeedCursor,
      hasMore: Type.Boolean({ description: 'Whether the next page would have events at this moment' }),
    }),
  },
  errors: ['RESUME_EXPIRED', 'TOO_MANY_CONNECTIONS'],
  example: { query: { limit: 10 } },
  route: { via: 'feed' },
});

export const createEventsTicket = defineOperation({
  id: 'createEventsTicket',
  noIdempotencyKey: 'A second ticket does no harm, and an old one has expired.',
  method: 'POST',
  path: '/api/events/ticket',
  tag: 'Events',
  summary: 'A ticket to connect to the feed with',
  description:
    'For browsers, whose sockets and event sources send no headers: opens `/ws`, Socket.IO and `GET /api/events` as `?ticket=` for a minute, and nothing else, so that no token stands in an address.',
  auth: 'account',
  scope: 'read',
  responses: { 201: Type.Object({ ticket: Type.String(), expiresAt: Instant }) },
  errors: [],
  example: {},
  route: { via: 'request', service: 'auth' },
});
