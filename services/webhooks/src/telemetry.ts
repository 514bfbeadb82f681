/** What webhooks count. Gauges of the database are the same in every process; those of breakers are of its own webhooks. */
import { defineCounter, defineGauge } from '@wam/service-kit';

const deliveries = defineCounter({
  name: 'wam_webhook_deliveries_total',
  help: 'Attempts whose outcome is committed: delivered; retry, tried again later; failed, a dead letter',
  labels: ['outcome'],
});
const outcomes = { delivered: 'delivered', pending: 'retry', failed: 'failed' } as const;

export const webhookBacklog = defineGauge({
  name: 'wam_webhook_backlog',
  help: 'Deliveries that are due and not made, of webhooks whose receivers answer; at most 10,000 counted per webhook',
});
export const oldestPending = defineGauge({
  name: 'wam_webhook_oldest_pending_seconds',
  help: 'For how long the oldest of the backlog has been due',
});
export const failingWebhooks = defineGauge({
  name: 'wam_webhook_failing',
  help: 'Active webhooks to which nothing has been delivered since their last failure',
});
export const disabledWebhooks = defineGauge({
  name: 'wam_webhook_disabled',
  help: 'Webhooks that were switched off because their receivers are gone or failed for days',
});
export const openBreakers = defineGauge({
  name: 'wam_webhook_breakers_open',
  help: 'Webhooks of this process that are paused because their receivers fail',
});

export function attemptsCommitted(status: keyof typeof outcomes, count: number): void {
  deliveries.add({ outcome: outcomes[status] }, count);
}
