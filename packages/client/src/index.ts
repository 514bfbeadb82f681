export type { CallOptions, ClientConfig } from './call.ts';
export { type Client, createClient } from './create-client.ts';
export * from './operations.generated.ts';
export { verifyWebhook, type WebhookDelivery, type WebhookFault, WebhookVerificationError } from './verify-webhook.ts';
export { WamConnectionError, WamError } from './wam-error.ts';
