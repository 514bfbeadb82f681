/** One address per contact (ADR 25): the number, or the LID while the number is not known. */
import Type, { type Static } from 'typebox';

const lidServer = '@lid';

/** LIDs have 14 or 15 digits today; nothing promises that they keep to it. */
export const contactAddressPattern = '^([1-9][0-9]{7,14}|[1-9][0-9]{5,19}@lid)$';
export const ContactAddress = Type.String({
  pattern: contactAddressPattern,
  description:
    'Phone number with country code, digits only, without the + sign; or, while WhatsApp hides the number, the LID followed by @lid, as `from` of an incoming message tells it',
  examples: ['919876543210', '123456789012345@lid'],
});
export type ContactAddress = Static<typeof ContactAddress>;

export const addressOfLid = (lid: string): string => `${lid}${lidServer}`;

/** Digits of the LID; undefined for a number. */
export const lidOfAddress = (address: string): string | undefined =>
  address.endsWith(lidServer) ? address.slice(0, -lidServer.length) : undefined;

/** Of the other side of a message, as `to` of a send takes it; empty when nothing is known of it any more. */
export const addressOf = ({ phone, lid }: { phone: string; lid?: string }): string =>
  phone === '' && lid !== undefined ? addressOfLid(lid) : phone;

/** The other way round, for the sealed part of an event. */
export function contactOf(address: string): { phone: string; lid?: string } {
  const lid = lidOfAddress(address);
  return lid === undefined ? { phone: address } : { phone: '', lid };
}
