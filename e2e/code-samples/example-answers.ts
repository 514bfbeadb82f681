/**
 * The answers that the API reference shows: recorded from a run of the code samples, with stable values in the place of ids, times and secrets.
 * `RECORD_ANSWERS=1 npx vitest run --project e2e e2e/code-samples.e2e.spec.ts` writes them; `-t 'pasted: getMe$'` only one of them.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { OperationDefinition } from '@wam/contracts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export interface ExampleAnswer {
  status: number;
  body: Json;
}
export type ExampleAnswers = Record<string, ExampleAnswer>;

const file = fileURLToPath(new URL('../../packages/contracts/examples/answers.golden.json', import.meta.url));
export const readExampleAnswers = (): ExampleAnswers => JSON.parse(readFileSync(file, 'utf8')) as ExampleAnswers;

/** In the order of their ids, so that recording one changes nothing else. */
export function recordExampleAnswer(id: string, answer: ExampleAnswer): void {
  const answers = Object.entries({ ...readExampleAnswers(), [id]: answer }).sort(([a], [b]) => a.localeCompare(b));
  writeFileSync(file, `${JSON.stringify(Object.fromEntries(answers), null, 2)}\n`);
}

const firstInstantMs = Date.UTC(2026, 0, 15, 10, 30);
const instants = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g;
/** Values that differ from run to run, by what they look like. The number tells several of one answer apart. */
const passing: readonly [looks: RegExp, example: (n: number, found: string) => string][] = [
  [
    /eyJ[\w-]+\.[\w-]+\.[\w-]+/g,
    () => 'eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiI1NTBlODQwMCJ9.c2lnbmF0dXJl',
  ],
  [
    /data:image\/png;base64,[\w+/=]+/g,
    () =>
      'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  ],
  [
    /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g,
    (n) => `550e8400-e29b-41d4-a716-4466554400${String(n).padStart(2, '0')}`,
  ],
  [/(?<![0-9A-Z])[0-9A-HJKMNP-TV-Z]{26}(?![0-9A-Z])/g, (n) => `01JD8X3M5N6P7Q8R9S0T1V2W${String(n).padStart(2, '0')}`],
  [/(?<=wa_(?:live|test)_)[\w-]+/g, (_, found) => 'x'.repeat(found.length)],
  [/(?<=http:\/\/)127\.0\.0\.1:\d+/g, () => 'localhost:3000'],
  [/(?<![0-9A-F])(?:3EB0|ACCC)[0-9A-F]{16,28}(?![0-9A-F])/g, (n) => `3EB0C767D097B7C7C0${String(n).padStart(2, '0')}`],
  [/reader-\d+@example\.com/g, () => 'user@example.com'],
  [/(?<=")reader-\d+(?=")/g, () => 'johndoe'],
];
/** Fields whose values are made up anew each time, and look like nothing in particular. */
const secrets = new Set(['refreshToken', 'secret', 'qrCode', 'nextCursor', 'cursor', 'ticket']);
const pairingCode = /^[A-Z0-9]{4}-[A-Z0-9]{4}$/;
/** Only what kind of secret it is stays to be seen. */
const blackedOut = (value: string): string =>
  value.replace(
    /^([a-z]+_)?(.*)$/s,
    (_, kind: string | undefined, rest: string) => (kind ?? '') + rest.replaceAll(/[A-Za-z0-9]/g, 'X'),
  );

/** @param values the real ones that stood for those of the example, by field name */
export function asExample(
  { example }: OperationDefinition,
  body: unknown,
  values: Readonly<Record<string, string>>,
): Json {
  let text = JSON.stringify(shorten(body as Json));
  for (const [field, real] of Object.entries(values)) {
    const shown = [example.params, example.query, example.body]
      .map((place) => (place as Record<string, unknown> | undefined)?.[field])
      .find((each) => typeof each === 'string');
    if (shown !== undefined) text = text.replaceAll(real, shown);
  }
  const shownByExample = JSON.stringify(example);
  for (const [looks, toExample] of passing) {
    // The longest first: one may begin like another.
    const found = [...new Set(text.match(looks))]
      .filter((each) => !shownByExample.includes(each))
      .sort((a, b) => b.length - a.length);
    found.forEach((each, n) => {
      text = text.replaceAll(each, toExample(n, each));
    });
  }
  const times = [...new Set(text.match(instants))].sort();
  text = text.replace(instants, (each) => new Date(firstInstantMs + times.indexOf(each) * 1000).toISOString());
  return JSON.parse(text, (key, value: unknown) =>
    typeof value === 'string' && (secrets.has(key) || pairingCode.test(value)) ? blackedOut(value) : value,
  ) as Json;
}

/** A reader learns no more from the third message of a list. */
const shownItems = (list: Json[]): Json[] => (list.some(isObject) ? list.slice(0, 2) : list.slice(0, 12));
function shorten(value: Json): Json {
  if (Array.isArray(value)) return shownItems(value).map(shorten);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shorten(item)]));
}

/**
 * Where the answer is of another form than the example: other fields, or values of another type. Null and empty lists say nothing of the form; of
 * other lists the first items count.
 */
export function formDifferences(actual: Json, example: Json, path = 'the answer'): string[] {
  if (actual === null || example === null) return [];
  if (Array.isArray(actual) && Array.isArray(example)) {
    const [first, firstShown] = [actual[0], example[0]];
    return first === undefined || firstShown === undefined ? [] : formDifferences(first, firstShown, `${path}[0]`);
  }
  if (isObject(actual) && isObject(example)) {
    const fields = [...new Set([...Object.keys(actual), ...Object.keys(example)])];
    return fields.flatMap((field) => {
      if (!Object.hasOwn(actual, field)) return [`${path}.${field} is shown and was not answered`];
      if (!Object.hasOwn(example, field)) return [`${path}.${field} was answered and is not shown`];
      return formDifferences(actual[field]!, example[field]!, `${path}.${field}`);
    });
  }
  return typeOf(actual) === typeOf(example) ? [] : [`${path} is ${typeOf(actual)}, shown is ${typeOf(example)}`];
}
const isObject = (value: Json): value is { [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const typeOf = (value: Json): string => (Array.isArray(value) ? 'array' : typeof value);
