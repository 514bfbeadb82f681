/** Why the feed's sockets are closed, and what a client does todo: for the descriptions of the API. */
import { type CloseReason, closeCodes, protocolCloseCodes } from './socket.ts';

type AnyReason = CloseReason | keyof typeof protocolCloseCodes;
const again = 'Connect again with the last cursor: nothing is missed';
const mend = 'Mend the program; the same again ends the same way';

const closings: Record<AnyReason, { when: string; todo: string }> = {
  protocolError: { when: 'What came is no WebSocket frame', todo: mend },
  binaryFrame: { when: 'A binary frame; frames are JSON texts', todo: mend },
  notUtf8: { when: 'A text that is not UTF-8', todo: mend },
  tooLarge: { when: 'A frame of more than 16 kB', todo: mend },
  restarting: { when: 'This gateway stops, or the plan of the account has changed', todo: `${again}, at once` },
  unavailable: { when: 'The event log is away', todo: `${again}, after a second, then after longer pauses` },
  slowReader: {
    when: 'More waits for this connection than is kept for it: it does not read fast enough',
    todo: `${again}. Where it happens often, ask for fewer \`types\` or \`sessions\`, or hand events to a queue`,
  },
  badFrame: { when: 'A text that is no frame of this protocol; the `error` frame before it says what', todo: mend },
  unauthorized: {
    when: 'No valid credential, or it has ended: expired, revoked, logged out',
    todo: 'Get another token or ticket, then connect with the last cursor. Send `auth` with a new token before `expiresAt` to stay connected',
  },
  forbidden: { when: 'The API key lacks the scope `read`', todo: 'Use a key that has it' },
  authTimeout: { when: 'No credential came within 10 s', todo: 'Send `auth` first' },
  tooMany: {
    when: 'Too many connections of the account, more than 120 frames a minute, or too many refused credentials from this address',
    todo: 'Close what is not needed, and wait a minute; after refused credentials up to 15',
  },
};

/** Smallest first. */
export const feedClosings = Object.entries({ ...protocolCloseCodes, ...closeCodes })
  .map(([reason, code]) => ({ code, reason, ...closings[reason as AnyReason] }))
  .sort((one, other) => one.code - other.code);

/** Markdown. */
export const closingsTable = [
  '| code | when | what to do |',
  '|---|---|---|',
  ...feedClosings.map(({ code, when, todo }) => `| ${code} | ${when} | ${todo} |`),
].join('\n');

/** Of the group of operations in the API reference, in Markdown. */
export const feedIntroduction = `What happens in an account, as it happens: over \`GET /ws\`, Socket.IO, server-sent events or pages, each event with a \`cursor\`. Come back with the last one and nothing is missed and nothing comes twice, for 72 hours. Older than that, a socket is sent the frame \`resume_expired\` with a new cursor and goes on from there, and \`GET /api/events\` answers 410 \`RESUME_EXPIRED\`: begin again with \`after=latest\`, then read what you missed from the lists of messages, sessions and campaigns.

A socket is closed with one of these codes, after a frame \`error\` that says why; Socket.IO emits \`closing\` with it. Streams and held requests just end: ask again.

${closingsTable}

Without a code (1006) the connection was cut on the way, or the upgrade was answered instead: 401 for a ticket older than a minute, 403 for a page of another origin.`;
