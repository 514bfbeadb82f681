/** What the API reference says before the first operation, and before those of each tag. Markdown. */
import { feedIntroduction } from '../src/feed/closings.ts';

export const apiIntroduction = `Send WhatsApp messages, manage sessions and follow everything that happens.

**Begin** with \`POST /api/register\`, \`POST /api/sessions\`, the QR code of the session, and \`POST /api/sessions/{sessionId}/send\`. On the sandbox a simulated phone scans the code: \`POST /sandbox/phones/scan\`. Each operation has samples and can be tried from here.

**Authenticate** with \`Authorization: Bearer\` and the token that register and login answer with, or with an API key in \`X-Api-Key\`. Who is logged in to the dashboard is logged in here.

**Repeat safely.** A 2xx means stored. Send a POST with an \`Idempotency-Key\` and repeat it after 500, 502, 503, 504 or no answer at all: for 24 hours it is one effect.

**When it fails**, the answer is \`{error, message, code, requestId, docUrl}\`. Decide by \`code\`; [all codes](/docs/errors) with cause and fix.

**Limits.** \`X-RateLimit-Limit\`, \`X-RateLimit-Remaining\` and \`X-RateLimit-Reset\` (seconds since 1970) come with each answer, \`Retry-After\` with 429.

**Lists** come newest first; \`nextCursor\` of one page is the \`cursor\` of the next.`;

export const tagIntroductions: Readonly<Record<string, string>> = {
  Authentication:
    'Accounts and logins. A token lives a day; its refresh token gets a new pair. Programs better have an API key.',
  Account: 'The plan, what it includes and how much of it is used; what was done in the name of the account.',
  'API keys':
    'For programs: they do not expire and may be allowed less. A key of mode `test` reaches sessions of the sandbox only.',
  Sessions:
    'A session is one linked WhatsApp device. It survives restarts and comes back by itself; only a phone that unlinked it needs a new QR code.',
  Messages: 'Each message that was accepted ends as sent, delivered, read, or failed with a reason.',
  Bulk: 'One text to some recipients, answered when it is done, or by 202 after 30 s.',
  Campaigns:
    'Up to a million recipients from a file, at a pace, within sending hours. A draft can be looked over before it starts; it can be paused, resumed, cancelled, and retried for those that failed.',
  'Opt-outs': 'Numbers that get no more messages of campaigns, and the words by which they say so.',
  Events: feedIntroduction,
  Contacts: 'Whether numbers are on WhatsApp.',
  Webhooks:
    'Events posted to an address of yours, signed as Standard Webhooks describes, repeated until they arrive or eight attempts have failed. Receivers must be public https addresses, plus what the operator allows.',
  Legacy: 'One session that needs no id, for programs from before there were several.',
  Sandbox:
    'Simulated phones: they scan, receive, write and fail as they are told. For sessions of the network `sandbox`.',
};
