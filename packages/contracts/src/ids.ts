/** Branded identifiers. The brand exists at compile time only; on the wire each is a plain string. */
import Type, { type Static } from 'typebox';
import Format from 'typebox/format';

declare const brand: unique symbol;
export type Brand<Name extends string> = string & { readonly [brand]: Name };

/** UUID v4 of the account; it is the tenant of everything the account owns. */
export type TenantId = Brand<'TenantId'>;
/** UUID v4, chosen by the gateway when the session is created. */
export type SessionId = Brand<'SessionId'>;
/** `msg_` + ULID; under an Idempotency-Key the ULID of the key's first use. Also the id of the SendMessage command. */
export type MessageId = Brand<'MessageId'>;
/** `cmp_` + ULID. */
export type CampaignId = Brand<'CampaignId'>;

export const Uuid = Type.String({
  pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
  description: 'UUID in lower case',
  examples: ['550e8400-e29b-41d4-a716-446655440000'],
});
export const MessageIdSchema = Type.String({
  pattern: '^msg_[0-9A-HJKMNP-TV-Z]{26}$',
  description: 'Message id',
  examples: ['msg_01JD8X3M5N6P7Q8R9S0T1V2W3X'],
});
export const CampaignIdSchema = Type.String({
  pattern: '^cmp_[0-9A-HJKMNP-TV-Z]{26}$',
  description: 'Campaign id',
  examples: ['cmp_01JD8X3M5N6P7Q8R9S0T1V2W3X'],
});

export const WebhookIdSchema = Type.String({
  pattern: '^wh_[0-9A-HJKMNP-TV-Z]{26}$',
  description: 'Webhook id',
  examples: ['wh_01JD8X3M5N6P7Q8R9S0T1V2W3X'],
});
export const WebhookDeliveryIdSchema = Type.String({
  pattern: '^dlv_[0-9A-HJKMNP-TV-Z]{26}$',
  description: 'Delivery id',
  examples: ['dlv_01JD8X3M5N6P7Q8R9S0T1V2W3X'],
});

/**
 * A recipient as the documentation asks for it: country code first, digits only.
 * 8 to 15 digits: E.164 allows 15 at most, and no country has complete numbers below 8 with its code.
 */
export const PhoneNumber = Type.String({
  pattern: '^[1-9][0-9]{7,14}$',
  description: 'Phone number with country code, digits only, without the + sign',
  examples: ['919876543210'],
});
export type PhoneNumber = Static<typeof PhoneNumber>;

/** A day of an account, in its time zone. */
export const CalendarDay = Type.String({
  pattern: '^\\d{4}-\\d{2}-\\d{2}$',
  description: 'Day in the time zone of the account',
  examples: ['2024-01-15'],
});

/** ISO 8601 instant in UTC with milliseconds, as Date.prototype.toISOString prints it. */
export const Instant = Type.String({
  pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$',
  description: 'UTC instant',
  examples: ['2024-01-15T10:30:00.000Z'],
});

/**
 * An instant as callers write it (RFC 3339): with an offset or Z, with or without fractions of a second. The format leaves out days and
 * times that do not exist, the pattern what JavaScript does not read: leap seconds.
 */
export const GivenInstant = Type.String({
  format: 'date-time',
  pattern: '^\\d{4}-\\d{2}-\\d{2}[Tt]\\d{2}:\\d{2}:[0-5]\\d(\\.\\d{1,9})?([Zz]|[+-]\\d{2}:\\d{2})$',
  description: 'Instant with its offset (in a query + is written %2B)',
  examples: ['2024-01-15T10:30:00Z', '2024-01-15T16:00:00+05:30'],
});
/** What `format: 'date-time'` means, for validators that have to be told. */
export const isDateTime = (text: string): boolean => Format.IsDateTime(text);
