export { loadWebhooksConfig, type WebhooksConfig, webhooksSettings } from './config.ts';
export { createWebhooks, type WebhooksDeps } from './create-webhooks.ts';
export { webhooksSealed } from './storage/sealed-columns.ts';
