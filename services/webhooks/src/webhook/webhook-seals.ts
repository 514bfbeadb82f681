/** What is sealed at rest: signing secrets, values of custom headers, bodies, answers of receivers. Each bound to its place. */
import type { SealContext, Sealer } from '@wam/service-kit';

export type SealPurpose = 'webhook-secret' | 'webhook-headers' | 'webhook-body' | 'webhook-bodies' | 'webhook-excerpt';
/** @param id of the webhook, its delivery, the event, or the page */
export const sealContext = (purpose: SealPurpose, tenant: string, id: string): SealContext => ({ tenant, purpose, id });

export interface WebhookSeals {
  sealSecret(tenant: string, webhookId: string, secret: string): Buffer;
  openSecret(tenant: string, webhookId: string, sealed: Buffer): string;
  sealHeaders(tenant: string, webhookId: string, headers: Readonly<Record<string, string>>): Buffer;
  openHeaders(tenant: string, webhookId: string, sealed: Buffer): Record<string, string>;
  /** One envelope serves all webhooks that are told of the event. */
  sealBody(tenant: string, eventId: string, body: string): Buffer;
  openBody(tenant: string, eventId: string, sealed: Buffer): string;
  sealBodies(tenant: string, pageId: string, bodies: string | Buffer): Buffer;
  openBodies(tenant: string, pageId: string, sealed: Buffer): Buffer;
  sealExcerpt(tenant: string, deliveryId: string, excerpt: string): Buffer;
  openExcerpt(tenant: string, deliveryId: string, sealed: Buffer): string;
}

export function createWebhookSeals(sealer: Sealer): WebhookSeals {
  const seal = (purpose: SealPurpose) => (tenant: string, id: string, text: string) =>
    sealer.seal(sealContext(purpose, tenant, id), text);
  const open = (purpose: SealPurpose) => (tenant: string, id: string, sealed: Buffer) =>
    sealer.open(sealContext(purpose, tenant, id), sealed).toString('utf8');
  return {
    sealSecret: seal('webhook-secret'),
    openSecret: open('webhook-secret'),
    sealHeaders: (tenant, id, headers) => seal('webhook-headers')(tenant, id, JSON.stringify(headers)),
    openHeaders: (tenant, id, sealed) => JSON.parse(open('webhook-headers')(tenant, id, sealed)),
    sealBody: seal('webhook-body'),
    openBody: open('webhook-body'),
    sealBodies: (tenant, id, bodies) => sealer.seal(sealContext('webhook-bodies', tenant, id), bodies),
    openBodies: (tenant, id, sealed) => sealer.open(sealContext('webhook-bodies', tenant, id), sealed),
    sealExcerpt: seal('webhook-excerpt'),
    openExcerpt: open('webhook-excerpt'),
  };
}
