/** A campaign is a list of recipients sent at a pace; `bulk-send` is one. On `evt.campaign.<tenant>.<campaign>`. */
import Type, { type Static } from 'typebox';
import type { EventOf } from '../envelope.ts';
import { CampaignIdSchema, Instant, Uuid } from '../ids.ts';

const ref = { campaignId: CampaignIdSchema };

/** What has become of the recipients so far. `pending` counts those that are not decided yet. */
const progress = {
  sessionId: Type.Optional({ ...Uuid, description: 'The first of the campaign' }),
  total: Type.Integer(),
  pending: Type.Integer(),
  sent: Type.Integer(),
  failed: Type.Integer(),
  optedOut: Type.Integer(),
};
const reason = {
  code: Type.String({ description: 'From the error catalogue' }),
  message: Type.String({ description: 'Why, in plain words' }),
};

export const CampaignCreated = Type.Object({ ...ref, name: Type.String(), total: Type.Integer() });
/** One upload was taken up whole. Rows that are no recipients are counted, and listed in the preview. */
export const RecipientsAdded = Type.Object({
  ...ref,
  added: Type.Integer(),
  bad: Type.Integer(),
  duplicates: Type.Integer(),
  optedOut: Type.Integer(),
  total: Type.Integer({ description: 'Recipients of the campaign now' }),
});
/** Also when it is resumed before it has started. */
export const CampaignScheduled = Type.Object({ ...ref, startAt: Instant });
/** `sessionId` is the first of `sessionIds`. */
export const CampaignStarted = Type.Object({
  ...ref,
  sessionId: Uuid,
  total: Type.Integer(),
  delayMs: Type.Integer({ description: 'Mean time between two messages of one session' }),
  sessionIds: Type.Optional(Type.Array(Uuid)),
});
/** Where a campaign stands that is not running, and why it is paused. */
const standing = {
  status: Type.Optional(Type.Enum(['paused', 'cancelled'], { description: 'Absent while it runs' })),
  code: Type.Optional(reason.code),
  message: Type.Optional(reason.message),
};
/**
 * At most one in two seconds; less often the longer a campaign runs, at least one a minute. Of a paused or cancelled one a last one, when what its
 * sessions had been given has ended.
 */
export const CampaignProgressed = Type.Object({ ...ref, ...progress, ...standing });
export const CampaignPaused = Type.Object({ ...ref, ...reason, ...progress });
export const CampaignResumed = Type.Object({ ...ref, ...progress });
export const CampaignCancelled = Type.Object({ ...ref, ...progress, cancelled: Type.Integer() });
/** The failed recipients are tried once more. */
export const CampaignRetried = Type.Object({ ...ref, ...progress, ...standing, recipients: Type.Integer() });
/** `sessionId` is the first of the campaign's. */
export const CampaignCompleted = Type.Object({
  ...ref,
  sessionId: Type.Optional(Uuid),
  sent: Type.Integer(),
  failed: Type.Integer(),
  optedOut: Type.Optional(Type.Integer()),
});

export const campaignEvents = {
  CampaignCreated,
  RecipientsAdded,
  CampaignScheduled,
  CampaignStarted,
  CampaignProgressed,
  CampaignPaused,
  CampaignResumed,
  CampaignCancelled,
  CampaignRetried,
  CampaignCompleted,
} as const;
export type CampaignEvent = {
  [T in keyof typeof campaignEvents]: EventOf<T, Static<(typeof campaignEvents)[T]>>;
}[keyof typeof campaignEvents];
