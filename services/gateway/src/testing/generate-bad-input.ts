/** Inputs near the contract: examples with parts replaced by what does not belong there. A few are valid; most are not. */
import type { OperationDefinition } from '@wam/contracts';
import fc from 'fast-check';

const oddText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '',
    ' ',
    '\0',
    '\ud800',
    '../../etc/passwd',
    "' or 1=1 --",
    '<script>',
    '{{7*7}}',
    'a'.repeat(70_000),
    '٣',
    '+91',
  ),
);
const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  oddText,
  fc.integer(),
  fc.double(),
  fc.constantFrom(null, true, [], {}, [[]], { length: 1 }, { toString: 1 }, -0, 1e308),
  fc.jsonValue({ maxDepth: 4 }),
  fc.integer({ min: 1, max: 500 }).map((depth) => JSON.parse('['.repeat(depth) + ']'.repeat(depth))),
);
const oddKey = fc.oneof(oddText, fc.constantFrom('__proto__', 'constructor', 'toString', 'tenant', 'id', '$where'));

/** A request body: as an object to be sent as JSON, or as broken text. */
export function badBody({ example, body }: OperationDefinition): fc.Arbitrary<unknown> {
  const good = (example.body ?? {}) as Record<string, unknown>;
  const fields = Object.keys(body?.properties ?? { any: 1 });
  const replaced = fc
    .tuple(fc.constantFrom(...fields), oddValue)
    .map(([field, value]) => ({ ...good, [field]: value }));
  const inside = fc
    .tuple(fc.constantFrom(...fields), oddValue)
    .map(([field, value]) => ({ ...good, [field]: Array.isArray(good[field]) ? [...good[field], value] : [value] }));
  const without = fc.constantFrom(...fields).map((field) => ({ ...good, [field]: undefined }));
  const extra = fc.tuple(oddKey, oddValue).map(([key, value]) => ({ ...good, [key]: value }));
  const broken = fc.nat(300).map((length) => JSON.stringify(good).slice(0, length));
  const keyTwice = fc.constantFrom(...fields).map((field) => `{"${field}":"a","${field}":{"b":1}}`);
  const poisoned = fc.constantFrom(
    '{"__proto__":{"x":1}}',
    '{"constructor":{"prototype":{}}}',
    '\ufeff{}',
    'NaN',
    '1e999',
  );
  return fc.oneof(replaced, inside, without, extra, broken, keyTwice, poisoned, fc.json(), oddText, oddValue);
}

/** An Idempotency-Key, most often none; always something that a header can carry. */
export const badKey: fc.Arbitrary<string | undefined> = fc.oneof(
  { weight: 8, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.constantFrom('', ' ', 'a b', 'x'.repeat(256), '\u00e9', '0', 'same', '__proto__') },
  { weight: 1, arbitrary: fc.uuid() },
);

/** The operation's path with good or odd parameters and query; `:sessionId` is left for a real one in a part of them. */
export function badPath({ path, query }: OperationDefinition): fc.Arbitrary<string> {
  const oddSegment = oddText
    .filter((text) => text.isWellFormed())
    .map((text) => encodeURIComponent(text.slice(0, 300)) || '-');
  const segment = fc.oneof(
    oddSegment,
    fc.constantFrom(
      '%zz',
      '%00',
      '..%2f',
      '550e8400-e29b-41d4-a716-446655440000',
      'msg_01JD8X3M5N6P7Q8R9S0T1V2W3X',
      '919876543210',
    ),
  );
  const filled = path.includes(':')
    ? fc.oneof(
        fc.constant(path.replaceAll(/:(?!sessionId)\w+/g, '919876543210')),
        segment.map((value) => path.replaceAll(/:\w+/g, value)),
      )
    : fc.constant<string>(path);
  const names = [...Object.keys(query?.properties ?? {}), 'unknown', '__proto__', 'limit[]'];
  const search = fc.oneof(
    fc.constant(''),
    fc.constant('?%zz=%'),
    fc
      .tuple(fc.constantFrom(...names), oddSegment)
      .map(([name, value]) => `?${name}=${value}&${name}=${value}`.slice(0, 2_000)),
    fc.tuple(fc.constantFrom(...names), oddSegment).map(([name, value]) => `?${name}=${value}`),
  );
  return fc.tuple(filled, search).map((parts) => parts.join(''));
}
