/** What a campaign looks like from outside. */
import Type, { type Static } from 'typebox';
import { ContactAddress } from '../contact/contact-address.ts';
import { CampaignIdSchema, GivenInstant, Instant, Uuid } from '../ids.ts';

export const campaignStatuses = ['draft', 'scheduled', 'running', 'paused', 'completed', 'cancelled'] as const;
export const CampaignStatus = Type.Enum([...campaignStatuses], {
  description:
    'draft: takes recipients; scheduled: waits for its start; running; paused: by you or by itself, see `reason`; completed; cancelled',
});
export type CampaignStatus = Static<typeof CampaignStatus>;

const TimeOfDay = Type.String({
  pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$',
  description: 'Local time of day',
  examples: ['09:00'],
});

export const CampaignSchedule = Type.Object(
  {
    startAt: Type.Optional(GivenInstant),
    timeZone: Type.Optional(
      Type.String({ minLength: 1, maxLength: 64, default: 'UTC', description: 'IANA time zone of the sending hours' }),
    ),
    sendBetween: Type.Optional(
      Type.Object(
        { from: TimeOfDay, to: TimeOfDay },
        {
          additionalProperties: false,
          description: 'Nothing is sent outside of these hours. `to` before `from`: over midnight',
        },
      ),
    ),
    days: Type.Optional(
      Type.Array(Type.Integer({ minimum: 1, maximum: 7 }), {
        minItems: 1,
        maxItems: 7,
        description: 'Days of the week on which is sent; 1 is Monday',
      }),
    ),
  },
  { additionalProperties: false },
);
export type CampaignSchedule = Static<typeof CampaignSchedule>;

export const CampaignPace = Type.Object(
  {
    messagesPerMinute: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 6000,
        default: 30,
        description: 'Of each session, in any 60 seconds. The installation has a limit of its own for each session',
      }),
    ),
    burst: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 20,
        default: 1,
        description: 'Messages that may leave at once; they count against the minute',
      }),
    ),
    jitter: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        default: 0.3,
        description: 'How irregular the pauses are: 0 like a clock, 1 up to twice as long and sometimes longer',
      }),
    ),
  },
  { additionalProperties: false },
);
export type CampaignPace = Static<typeof CampaignPace>;

const ProblemCounts = Type.Object({
  bad: Type.Integer({ description: 'Rows that could not be used' }),
  duplicates: Type.Integer({ description: 'Rows with a contact that came before' }),
  optedOut: Type.Integer({ description: 'Rows with a contact on the suppression list' }),
});

export const campaignFields = {
  campaignId: CampaignIdSchema,
  name: Type.String(),
  status: CampaignStatus,
  reason: Type.Union([Type.Object({ code: Type.String(), message: Type.String() }), Type.Null()], {
    description: 'Why it is paused',
  }),
  sessionIds: Type.Array(Uuid),
  total: Type.Integer({ description: 'Recipients' }),
  pending: Type.Integer({ description: 'Not decided yet' }),
  sent: Type.Integer(),
  failed: Type.Integer(),
  optedOut: Type.Integer({
    description:
      'Left out because they opted out after the campaign was made, were erased, or turned out to be another recipient of it',
  }),
  cancelled: Type.Integer({ description: 'Left out because the campaign was cancelled' }),
  problems: ProblemCounts,
  pace: Type.Object({ messagesPerMinute: Type.Integer(), burst: Type.Integer(), jitter: Type.Number() }),
  schedule: Type.Union([CampaignSchedule, Type.Null()]),
  maxFailurePercent: Type.Integer(),
  nextSendAt: Type.Union([Instant, Type.Null()], {
    description:
      'When the next message may leave, as far as is known: by its pace, its start, its sending hours, the end of a restriction, or when the daily quota is asked for again. null when nothing is left to send, or it waits for you or for a connection',
  }),
  createdAt: Instant,
  startedAt: Type.Union([Instant, Type.Null()]),
  completedAt: Type.Union([Instant, Type.Null()]),
  statusUrl: Type.String(),
};
export const CampaignView = Type.Object(campaignFields, { title: 'Campaign' });
export type CampaignView = Static<typeof CampaignView>;

export const recipientStates = ['pending', 'queued', 'sent', 'failed', 'opted-out', 'cancelled'] as const;
export const RecipientState = Type.Enum([...recipientStates], {
  description: 'pending: its turn has not come; queued: handed to its session; opted-out: left out, see its error',
});

/** A number or a LID, or either with values for the placeholders of the message. */
export const CampaignContact = Type.Union([
  ContactAddress,
  Type.Object(
    { number: ContactAddress },
    { additionalProperties: Type.Union([Type.String({ maxLength: 1000 }), Type.Number(), Type.Boolean()]) },
  ),
]);
