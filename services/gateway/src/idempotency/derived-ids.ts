import { hash } from 'node:crypto';
import type { IdSource } from '@wam/service-kit';

/** Crockford's base 32, as ULIDs are written. */
const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/**
 * The same ids each time, in the same order: what a request creates under its Idempotency-Key has the same name whoever carries it out, and
 * how often. The first ULID is the given one, the others follow it in order; auth gives out none that is near another.
 */
export function createDerivedIds(ulid: string): IdSource {
  let ulids = 0;
  let uuids = 0;
  return {
    ulid: () => ulidAfter(ulid, ulids++),
    uuid: () => uuidOf(hash('sha256', `${ulid}/uuid/${uuids++}`, 'hex')),
  };
}

function ulidAfter(ulid: string, count: number): string {
  const places = ulid.split('');
  let carry = count;
  for (let place = places.length - 1; carry > 0 && place >= 0; place--) {
    const sum = digits.indexOf(places[place]!) + carry;
    places[place] = digits[sum % 32]!;
    carry = Math.floor(sum / 32);
  }
  return places.join('');
}

/** Version 4 and variant of RFC 9562 set, so that it looks like any other. */
function uuidOf(hex: string): string {
  const variant = digits[8 + (Number.parseInt(hex[16]!, 16) % 4)]!.toLowerCase();
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
