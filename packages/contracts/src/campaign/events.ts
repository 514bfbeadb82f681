/** A campaign is a list of recipients sent at a pace; `bulk-send` is one. On `evt.campaign.<tenant>.<campaign>`. */
import Type, { type Static } from 'typebox';
import type { EventOf } from '../envelope.ts';
import { CampaignIdSchema, Uuid } from '../ids.ts';

const ref = { campaignId: CampaignIdSchema };
export const CampaignStarted = Type.Object({ ...ref, sessionId: Uuid, total: Type.Integer(), delayMs: Type.Integer() });
export const CampaignCompleted = Type.Object({
  ...ref,
  sessionId: Type.Optional(Uuid),
  sent: Type.Integer(),
  failed: Type.Integer(),
});

export const campaignEvents = { CampaignStarted, CampaignCompleted } as const;
export type CampaignEvent = {
  [T in keyof typeof campaignEvents]: EventOf<T, Static<(typeof campaignEvents)[T]>>;
}[keyof typeof campaignEvents];
