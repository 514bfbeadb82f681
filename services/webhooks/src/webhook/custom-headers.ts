/** Headers of the customer's own, beside those that make a delivery. Pure. */

/** Ours, or of the connection (RFC 9110, 7.6.1), or what would make another message of the body. */
const reserved: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'content-type',
  'content-encoding',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'upgrade',
  'te',
  'trailer',
  'expect',
  'user-agent',
]);
const reservedPrefixes = ['webhook-', 'proxy-', 'x-forwarded-', 'forwarded'];
const token = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
/** Visible ASCII with spaces and tabs inside. */
const value = /^[\x21-\x7e]([\x20-\x7e\t]*[\x21-\x7e])?$/;

/** What is wrong with them, and with which one. */
export function faultOfHeaders(headers: Readonly<Record<string, string>>): { name: string; fault: string } | undefined {
  const seen = new Set<string>();
  for (const [name, text] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    if (!token.test(name)) return { name, fault: 'is not the name of a header' };
    if (reserved.has(lower) || reservedPrefixes.some((prefix) => lower.startsWith(prefix)))
      return { name, fault: 'is a header that cannot be replaced' };
    if (seen.has(lower)) return { name, fault: 'is there twice, in another case' };
    if (!value.test(text)) return { name, fault: 'must have a value of visible ASCII characters' };
    seen.add(lower);
  }
  return undefined;
}
