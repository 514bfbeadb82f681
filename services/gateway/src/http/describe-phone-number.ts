const rule = 'must be a phone number with country code, digits only, without the + sign';

/** What is wrong with a number, and the right spelling when it can be told: most callers send `+91 98765-43210`, or the address of a chat. */
export function describePhoneNumber(value: string, takesLids = false): string {
  if (takesLids && /@lid$/i.test(value)) return `${rule}; or a LID as a message told it, such as 123456789012345@lid`;
  const digits = value
    .replace(/@(c\.us|s\.whatsapp\.net)$/, '')
    .replace(/[\s().\-/]/g, '')
    .replace(/^(\+|00)/, '');
  const isNumber = /^[1-9][0-9]*$/.test(digits);
  if (isNumber && digits.length >= 8 && digits.length <= 15) return `${rule}: use ${digits}`;
  if (isNumber && digits.length < 8) return `${rule}; this one is too short, the country code may be missing`;
  if (isNumber) return `${rule}; this one is longer than 15 digits`;
  if (/^0[0-9]+$/.test(digits)) return `${rule}; replace the leading 0 by the country code`;
  return `${rule}, such as 919876543210`;
}
