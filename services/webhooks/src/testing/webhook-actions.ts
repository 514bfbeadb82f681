/** What suites do with the service, in few words. */
import type { Principal, WebhookDelivery, WebhookView } from '@wam/contracts';
import { newUuid } from '@wam/service-kit';
import type { Selectable } from '@wam/service-kit/postgres';
import { eventually } from '@wam/testkit';
import type { WebhooksTables } from '../storage/schema.ts';
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
    /** Sends messages to the webhook until some of their bodies lie in a page. @returns those, when all are delivered */
    async fillPage(
      owner: Principal,
      webhookId: string,
      sessionId: string,
    ): Promise<Selectable<WebhooksTables['delivery']>[]> {
      const rows = () => harness().db.selectFrom('delivery').selectAll().where('webhook_id', '=', webhookId);
      let sent = (await rows().execute()).length;
      return eventually(async () => {
        const texts = Array.from({ length: 30 }, (_, n) => `message ${n} with ünï and 👋`);
        await Promise.all(texts.map((text) => harness().receive(owner.tenant, sessionId, text)));
        sent += texts.length;
        await eventually(async () => {
          const all = await rows().execute();
          if (all.length < sent || all.some(({ status }) => status !== 'delivered'))
            throw new Error('not delivered yet');
        });
        const paged = await rows().where('body_page', 'is not', null).execute();
        if (paged.length === 0) throw new Error('no page yet');
        return paged;
      });
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
