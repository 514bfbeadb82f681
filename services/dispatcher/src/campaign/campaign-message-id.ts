import { createHash } from 'node:crypto';

const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const prefix = 'cmp_';
const timeLength = 10; // of a ULID's 26 characters

/**
 * Id of the message to one recipient of a campaign; of each attempt another one, since a message that failed is never
 * sent again. It depends on nothing but its arguments, so that whoever publishes the command again publishes the same
 * one, which every receiver knows by its id.
 *
 * A ULID in form: the campaign's own time, for ids that sort with their age, then 80 bits of a digest.
 */
export function campaignMessageId(campaignId: string, position: number, attempt = 0): string {
  const time = campaignId.slice(prefix.length, prefix.length + timeLength);
  const digest = createHash('sha256')
    .update(`${campaignId}/${position}${attempt === 0 ? '' : `/${attempt}`}`)
    .digest();
  let random = '';
  for (let i = 0; i < 16; i++) random += crockford[digest[i]! & 31];
  return `msg_${time}${random}`;
}
