/** Compares an answer with a sample of the documentation by what the sample's values stand for. */
type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** What a value is an example of. The first that fits. */
const kinds: readonly [name: string, fits: (value: Json) => boolean][] = [
  ['a UUID', (v) => typeof v === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(v)],
  ['an instant', (v) => typeof v === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(v)],
  ['a PNG data URL', (v) => typeof v === 'string' && v.startsWith('data:image/png;base64,iVBORw0KGgo')],
  ['a JWT', (v) => typeof v === 'string' && v.startsWith('eyJ')],
  ['a day', (v) => typeof v === 'string' && /^[A-Z][a-z]{2}, [A-Z][a-z]{2} \d{1,2}$/.test(v)],
  ['a phone number', (v) => typeof v === 'string' && /^[1-9]\d{7,14}$/.test(v)],
  ['text', (v) => typeof v === 'string'],
  ['a whole number', (v) => Number.isInteger(v)],
  ['true or false', (v) => typeof v === 'boolean'],
];

/**
 * Where the answer is not what the sample promises: a field is missing, or is not of the sample's kind. Fields the sample does not have are
 * allowed. Every item of a list is compared with the sample's first one; an empty list is a difference, for it proves nothing.
 */
export function differences(actual: unknown, sample: Json, path = ''): string[] {
  if (Array.isArray(sample)) {
    if (!Array.isArray(actual) || actual.length === 0) return [`${path} is no list with items`];
    return actual.flatMap((item, i) => differences(item, sample[0] ?? null, `${path}.${i}`));
  }
  if (typeof sample === 'object' && sample !== null) {
    if (typeof actual !== 'object' || actual === null || Array.isArray(actual)) return [`${path} is no object`];
    return Object.entries(sample).flatMap(([key, value]) =>
      Object.hasOwn(actual, key)
        ? differences(actual[key as never], value, `${path}.${key}`)
        : [`${path}.${key} is missing`],
    );
  }
  const [name, fits] = kinds.find(([, isOne]) => isOne(sample)) ?? ['null', (value: Json) => value === null];
  return fits(actual as Json) ? [] : [`${path} is not ${name}: ${JSON.stringify(actual)}`];
}
