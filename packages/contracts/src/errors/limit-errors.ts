/** What a plan includes and how much of it: features, quotas and rates. */
import { verdictsOfWhatsApp } from '../message/daily-quota.ts';
import { entry } from './entry.ts';

export const limitErrors = {
  FEATURE_NOT_IN_PLAN: entry(
    403,
    'Feature not available',
    'This feature is not part of your plan',
    'The plan of the account does not include the feature.',
    'Change to a plan that includes it; the message names the first one that does.',
  ),
  SESSION_LIMIT_REACHED: entry(
    403,
    'Session limit reached',
    'Your plan does not allow another session',
    'The account already has as many sessions as its plan includes.',
    'Delete a session or change to a larger plan.',
  ),
  DAILY_LIMIT_REACHED: entry(
    429,
    'Daily limit reached',
    'The messages of your plan for today are used up',
    `Each plan has a number of messages a day, in the time zone of the account. One that failed counts only when WhatsApp answered it: ${verdictsOfWhatsApp.join(', ')}.`,
    'Wait until `details.resetsAt`, or change to a larger plan.',
    true,
  ),
  RATE_LIMITED: entry(
    429,
    'Too many requests',
    'Rate limit exceeded',
    'More requests than the plan allows in the window.',
    'Wait until X-RateLimit-Reset.',
    true,
  ),
} as const;
