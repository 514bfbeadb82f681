/** `wam trigger`: a sample of an event to the webhooks of the account, or to a receiver on this machine. */
import { type Env, newUlid } from '@wam/service-kit';
import { samplePayload } from '@wam/webhooks';
import { sampleTypeOf } from '../local-receiver/event-types.ts';
import { createForwardEvent, forwardedText, secretOf } from '../local-receiver/forward-event.ts';
import { UserError } from '../user-error.ts';
import { type ApiOptions, asUser, connectApi, credentialOf, receiverOf } from './api-access.ts';

export interface TriggerOptions extends ApiOptions {
  forwardTo?: string;
  webhook?: string;
}

/**
 * @returns the lines to print, one for each receiver
 * @throws UserError when there is no receiver, or one did not take it
 */
export async function trigger(event: string, options: TriggerOptions, env: Env): Promise<string[]> {
  const type = sampleTypeOf(event);
  if (options.forwardTo !== undefined) {
    const receiver = receiverOf(options.forwardTo);
    const forward = createForwardEvent(receiver, secretOf(credentialOf(options, env)));
    const forwarded = await forward(samplePayload(type, `test_${newUlid()}`, new Date()));
    const line = `${type}  ${receiver}  ${forwardedText(forwarded)}`;
    if (forwarded.status === undefined || forwarded.status >= 300) throw new UserError(line);
    return [line];
  }
  const { client } = connectApi(options, env);
  const { webhooks } = await asUser(client.listWebhooks());
  const wants = ({ webhookId, status, eventTypes }: (typeof webhooks)[number]): boolean =>
    options.webhook !== undefined
      ? webhookId === options.webhook
      : status === 'active' && (eventTypes.length === 0 || type === 'webhook.test' || eventTypes.includes(type));
  const wanted = webhooks.filter(wants);
  if (wanted.length === 0)
    throw new UserError(
      `no active webhook of the account is told of ${type}; make one, or name a receiver: --forward-to`,
    );
  const outcomes = await Promise.all(
    wanted.map(async ({ webhookId, url }) => {
      const { delivered, httpStatus, durationMs, error } = await asUser(
        client.testWebhook({ params: { webhookId }, body: { type } }),
      );
      const status = httpStatus === null ? {} : { status: httpStatus };
      const text = forwardedText({ ...status, durationMs, ...(error === null ? {} : { error }) });
      return { delivered, line: `${type}  ${webhookId}  ${url}  ${text}` };
    }),
  );
  const lines = outcomes.map(({ line }) => line);
  if (outcomes.some(({ delivered }) => !delivered))
    throw new UserError(`not every receiver took it\n${lines.join('\n')}`);
  return lines;
}
