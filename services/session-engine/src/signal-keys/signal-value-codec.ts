/**
 * Signal values as bytes, exactly. Baileys' own BufferJSON is not used: its reviver turns every object with numeric keys and numeric
 * values into a Buffer, and its replacer takes any object with `type: 'Buffer'` for bytes.
 */

/** Bytes are revived as Buffer, since libsignal refuses a plain Uint8Array. */
const bytesTag = '$bytes';
const bigintTag = '$bigint';

function tag(value: unknown): unknown {
  if (value === null || typeof value !== 'object') {
    return typeof value === 'bigint' ? { [bigintTag]: value.toString() } : value;
  }
  if (value instanceof Uint8Array) {
    return { [bytesTag]: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64') };
  }
  if (Array.isArray(value)) return value.map(tag);
  const tagged: Record<string, unknown> = {};
  // Own fields only: a protobuf message keeps its defaults on the prototype, and its toJSON would change the form.
  for (const [key, item] of Object.entries(value)) {
    if (typeof item !== 'function') tagged[key.startsWith('$') ? `$${key}` : key] = tag(item);
  }
  return tagged;
}

function untag(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(untag);
  const object = value as Record<string, unknown>;
  if (typeof object[bytesTag] === 'string') return Buffer.from(object[bytesTag], 'base64');
  if (typeof object[bigintTag] === 'string') return BigInt(object[bigintTag]);
  const plain: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(object)) plain[key.startsWith('$$') ? key.slice(1) : key] = untag(item);
  return plain;
}

/**
 * libsignal's session records are already JSON (base64 strings, numbers), and they are nine tenths of all writes: walking them would only
 * cost time. Any other producer of `session` values falls back to tagging.
 */
const isSessionRecord = (type: string, value: unknown): boolean =>
  type === 'session' && typeof value === 'object' && value !== null && '_sessions' in value;

export const encodeSignalValue = (type: string, value: unknown): Buffer =>
  Buffer.from(isSessionRecord(type, value) ? `=${JSON.stringify(value)}` : `$${JSON.stringify(tag(value))}`);

export function decodeSignalValue(bytes: Buffer): unknown {
  const text = bytes.toString();
  const value: unknown = JSON.parse(text.slice(1));
  return text.startsWith('=') ? value : untag(value);
}
