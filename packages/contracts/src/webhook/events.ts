/** What happens to a webhook by itself, on `evt.webhook.<tenant>.<webhook>`. What its owner does to it is no event. */
import Type, { type Static } from 'typebox';
import type { EventOf } from '../envelope.ts';
import { Instant, WebhookIdSchema } from '../ids.ts';

/** gone: the receiver answered 410; failing: nothing has reached it for five days; plan: the plan lacks webhooks now. */
export const WebhookDisabledReason = Type.Enum(['gone', 'failing', 'plan'], {
  description:
    'gone: the receiver answered 410; failing: nothing reached it for five days; plan: the plan lacks webhooks now',
});
export type WebhookDisabledReason = Static<typeof WebhookDisabledReason>;

/** Nothing is sent to the webhook until its owner resumes it. */
export const WebhookDisabled = Type.Object({
  webhookId: WebhookIdSchema,
  reason: WebhookDisabledReason,
  failingSince: Type.Optional(Instant),
});

export const webhookEvents = { WebhookDisabled } as const;
export type WebhookEvent = {
  [T in keyof typeof webhookEvents]: EventOf<T, Static<(typeof webhookEvents)[T]>>;
}[keyof typeof webhookEvents];
