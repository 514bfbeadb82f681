/** What suites do with the service, in few words. */
import type { Principal, WebhookDelivery, WebhookView } from '@wam/contracts';
import { newUuid } from '@wam/service-kit';
import { eventually } from '@wam/testkit';
import type { Harness } from './harness.ts';
import type { Receiver } from './receiver.ts';

export type CreatedWebhook = WebhookView & { secret: string };

export function createActions(harness: () => Harness) {
  return {
    createWebhook: (owner: Principal, receiver: Pick<Receiver, 'url'>, more: object = {}) =>
      harness().call<CreatedWebhook>('createWebhook', owner, { body: { url: receiver.url, ...more } }),
    async deliveriesOf(owner: Principal, webhookId: string, query: object = {}): Promise<WebhookDelivery[]> {
      const params = { webhookId };
      return (await harness().call<{ data: WebhookDelivery[] }>('listWebhookDeliveries', owner, { params, query }))
        .data;
    },
    /** Resolves when the service knows it: webhooks that are made from then on are told of what comes, and not of this. */
    async createSession(owner: Principal, data: object = {}): Promise<string> {
      const sessionId = newUuid();
      const { tenant } = owner;
      const created = { sessionId, name: 'Bot', description: '', network: 'sandbox', ...data };
      await harness().publish({ type: 'SessionCreated', tenant, data: created });
      await harness().publish({ type: 'SessionPaired', tenant, data: { sessionId, phone: '15551230001', lid: '99' } });
      await eventually(async () => {
        const known = harness().db.selectFrom('session').select('lid').where('session_id', '=', sessionId);
        if ((await known.executeTakeFirst())?.lid !== '99') throw new Error('the session is not known yet');
      });
      return sessionId;
    },
  };
}
