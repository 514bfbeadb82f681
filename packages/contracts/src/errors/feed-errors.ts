/** The event feed and its sockets. */
import { entry } from './entry.ts';

export const feedErrors = {
  RESUME_EXPIRED: entry(
    410,
    'Cursor expired',
    'The feed does not reach back to this cursor',
    'Events are kept in the feed for 72 hours, and a restored installation begins a new feed.',
    'Read what you need over the other endpoints, then go on with after=latest.',
  ),
  UPGRADE_REQUIRED: entry(
    426,
    'Upgrade required',
    'This address speaks WebSocket only',
    'The request did not ask for an upgrade to WebSocket.',
    'Connect with a WebSocket client, or read GET /api/events.',
  ),
  ORIGIN_NOT_ALLOWED: entry(
    403,
    'Origin not allowed',
    'Pages of this origin may not connect',
    'The operator decides of which other origins pages may use the API, and this one is not among them.',
    'Have the operator add it to ALLOWED_ORIGINS.',
  ),
  TOO_MANY_CONNECTIONS: entry(
    429,
    'Too many connections',
    'The account has as many open connections as its plan allows',
    'Sockets and event streams of an account are limited, for each gateway.',
    'Close connections that are not needed, and keep one open instead of opening new ones.',
    true,
  ),
} as const;
