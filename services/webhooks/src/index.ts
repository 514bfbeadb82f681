export { loadWebhooksConfig, type WebhooksConfig, webhooksSettings } from './config.ts';
export { createWebhooks, type WebhooksDeps } from './create-webhooks.ts';
export { requestOf, targetFor } from './delivery/delivery-request.ts';
export { signingKeyOf } from './signing/signing-secret.ts';
export { migrations as webhooksMigrations } from './storage/migrations.ts';
export { webhooksSealed } from './storage/sealed-columns.ts';
export { samplePayload } from './webhook/sample-events.ts';
