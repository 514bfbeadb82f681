/** Webhooks and their deliveries. */
import { entry } from './entry.ts';

export const webhookErrors = {
  WEBHOOK_NOT_FOUND: entry(
    404,
    'Webhook not found',
    'The requested webhook does not exist or has been deleted',
    'No webhook of this account has this id.',
    'List your webhooks with GET /api/webhooks.',
  ),
  DELIVERY_NOT_FOUND: entry(
    404,
    'Delivery not found',
    'The requested delivery does not exist any more',
    'No delivery of this webhook has this id, or it is older than the delivery log.',
    'List the deliveries with GET /api/webhooks/:webhookId/deliveries.',
  ),
  WEBHOOK_LIMIT_REACHED: entry(
    403,
    'Webhook limit reached',
    'Your plan does not allow another webhook',
    'The account already has as many webhooks as its plan includes.',
    'Delete a webhook or change to a larger plan.',
  ),
  WEBHOOK_URL_NOT_ALLOWED: entry(
    400,
    'Webhook URL not allowed',
    'Webhooks are sent to public https addresses only',
    'The URL is not https, holds a password, or its host is a private, local or reserved address.',
    'Use a public https address. For local development use `wam listen`; operators allow internal hosts with WEBHOOK_ALLOW.',
  ),
  WEBHOOK_DISABLED: entry(
    409,
    'Webhook disabled',
    'The webhook is disabled',
    'Its receiver answered 410, failed for five days, or the plan lacked webhooks.',
    'Resume it with POST /api/webhooks/:webhookId/resume.',
  ),
} as const;
