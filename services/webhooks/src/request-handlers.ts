/** What the service answers, by operation id. Shapes only; the rules are in the use cases. */
import type {
  BodyOf,
  createWebhook,
  listWebhookDeliveries,
  operations,
  QueryOf,
  replayWebhook,
  rotateWebhookSecret,
  ServiceRequest,
  testWebhook,
  updateWebhook,
} from '@wam/contracts';
import { answer, type RequestHandler, refuse, reply } from '@wam/service-kit/nats';
import { databaseOfTenant } from '@wam/service-kit/postgres';
import { replayDeliveries, resendDelivery, type SendAgainDeps } from './delivery-log/send-again.ts';
import { listDeliveries, type ShowDeliveriesDeps, showDelivery } from './delivery-log/show-deliveries.ts';
import { callerOf } from './webhook/caller.ts';
import {
  type ChangeWebhookDeps,
  changeWebhook,
  pauseWebhook,
  removeWebhook,
  resumeWebhook,
  rotateSecret,
  showWebhook,
  showWebhooks,
} from './webhook/change-webhook.ts';
import { addWebhook, type CreateWebhookDeps } from './webhook/create-webhook.ts';
import { sendTest, type TestWebhookDeps } from './webhook/test-webhook.ts';

type Handled = Extract<(typeof operations)[keyof typeof operations], { route: { service: 'webhooks' } }>['id'];
export type HandlerDeps = CreateWebhookDeps & ChangeWebhookDeps & TestWebhookDeps & ShowDeliveriesDeps & SendAgainDeps;

export function webhookRequestHandlers(deps: HandlerDeps): Record<Handled, RequestHandler> {
  /** With a database that shows and takes rows of the caller's account only. */
  const within = (request: ServiceRequest): HandlerDeps => ({
    ...deps,
    db: databaseOfTenant(deps.db, callerOf(request).principal.tenant),
  });
  return {
    createWebhook: async (request) =>
      reply(201, await addWebhook(request.body as BodyOf<typeof createWebhook>, callerOf(request), within(request))),
    listWebhooks: async (request) => answer(200, await showWebhooks(callerOf(request), within(request))),
    getWebhook: async (request) => reply(200, await showWebhook(idOf(request), callerOf(request), within(request))),
    updateWebhook: async (request) =>
      reply(
        200,
        await changeWebhook(
          idOf(request),
          request.body as BodyOf<typeof updateWebhook>,
          callerOf(request),
          within(request),
        ),
      ),
    async deleteWebhook(request) {
      const refusal = await removeWebhook(idOf(request), callerOf(request), within(request));
      return refusal ? refuse(refusal) : answer(200, { success: true, message: 'Webhook deleted successfully' });
    },
    pauseWebhook: async (request) => reply(200, await pauseWebhook(idOf(request), callerOf(request), within(request))),
    resumeWebhook: async (request) =>
      reply(200, await resumeWebhook(idOf(request), callerOf(request), within(request))),
    rotateWebhookSecret: async (request) =>
      reply(
        200,
        await rotateSecret(
          idOf(request),
          request.body as BodyOf<typeof rotateWebhookSecret>,
          callerOf(request),
          within(request),
        ),
      ),
    testWebhook: async (request) =>
      reply(
        200,
        await sendTest(idOf(request), request.body as BodyOf<typeof testWebhook>, callerOf(request), within(request)),
      ),
    listWebhookDeliveries: async (request) =>
      reply(
        200,
        await listDeliveries(
          idOf(request),
          request.query as QueryOf<typeof listWebhookDeliveries>,
          callerOf(request),
          within(request),
        ),
      ),
    getWebhookDelivery: async (request) =>
      reply(
        200,
        await showDelivery(idOf(request), request.params.deliveryId ?? '', callerOf(request), within(request)),
      ),
    resendWebhookDelivery: async (request) =>
      reply(
        202,
        await resendDelivery(idOf(request), request.params.deliveryId ?? '', callerOf(request), within(request)),
      ),
    replayWebhook: async (request) =>
      reply(
        202,
        await replayDeliveries(
          idOf(request),
          request.body as BodyOf<typeof replayWebhook>,
          callerOf(request),
          within(request),
        ),
      ),
  };
}

const idOf = ({ params }: { params: Record<string, string> }): string => params.webhookId ?? '';
