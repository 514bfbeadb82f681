/** Sessions and their connection to WhatsApp. */
import { entry } from './entry.ts';

export const sessionErrors = {
  SESSION_NOT_FOUND: entry(
    404,
    'Session not found',
    'The requested session does not exist or has been deleted',
    'No session of this account has this id.',
    'List your sessions with GET /api/sessions.',
  ),
  SESSION_NOT_CONNECTED: entry(
    409,
    'Session not connected',
    'The session is not connected to WhatsApp',
    'The session waits for its QR code, was logged out or is offline.',
    'Check GET /api/sessions/:sessionId/status, then connect it or scan its QR code.',
    true,
  ),
  SESSION_ALREADY_CONNECTED: entry(
    409,
    'Session already connected',
    'The session is connected already',
    'The operation only makes sense while the session is not linked.',
    'Nothing to do; or delete the session to link another phone.',
  ),
  SESSION_RESTRICTED: entry(
    409,
    'Session restricted',
    'WhatsApp lets the session start no new chats for a time',
    'It wrote to too many new people (463, "reach-out time lock"). `restriction` of GET /api/sessions/:sessionId says until when.',
    'Wait: what paused for it goes on by itself. Messages in chats that are there already are still sent.',
  ),
  SESSION_BUSY: entry(
    429,
    'Session busy',
    'Too many messages are waiting for this session',
    'The queue of one session is bounded so that it cannot delay others.',
    'Retry after the time in Retry-After, or use bulk-send.',
    true,
  ),
} as const;
