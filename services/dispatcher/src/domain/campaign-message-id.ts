import { createHash } from 'node:crypto';

const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const prefix = 'cmp_';
const timeLength = 10; // of a ULID's 26 characters

/**
 * Id of the message to one recipient of a campaign. It depends on nothing but its arguments, so that a dispatcher that
 * crashed between publishing and committing publishes the same command again, which every receiver knows by its id.
 *
 * A ULID in form: the campaign's own time, for ids that sort with their age, then 80 bits of a digest.
 */
export function campaignMessageId(campaignId: string, position: number): string {
  const time = campaignId.slice(prefix.length, prefix.length + timeLength);
  const digest = createHash('sha256').update(`${campaignId}/${position}`).digest();
  let random = '';
  for (let i = 0; i < 16; i++) random += crockford[digest[i]! & 31];
  return `msg_${time}${random}`;
}
