/** The platform itself: nothing the caller did. */
import { entry } from './entry.ts';

export const platformErrors = {
  SERVICE_UNAVAILABLE: entry(
    503,
    'Service unavailable',
    'A part of the platform is not reachable at the moment',
    'A service did not answer in time; nothing was accepted.',
    'Retry after the time in Retry-After.',
    true,
  ),
  INTERNAL_ERROR: entry(
    500,
    'Internal error',
    'Something went wrong on our end',
    'A defect; the request id leads to the log line.',
    'Retry; report the requestId if it stays.',
    true,
  ),
} as const;
