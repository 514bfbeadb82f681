/** Says in plain words what the first schema violation of a request is. */
import { contactAddressPattern, PhoneNumber, type RejectionBody } from '@wam/contracts';
import type { ErrorObject } from 'ajv';
import { describePhoneNumber } from './describe-phone-number.ts';

export type RequestPart = 'body' | 'query' | 'params';
const maxEchoLength = 60;
const numberPatterns: readonly unknown[] = [(PhoneNumber as { pattern?: string }).pattern, contactAddressPattern];

/** @param errors what Ajv reports with `allErrors: false, verbose: true`: one error, or those of each branch of a union. */
export function describeViolation(errors: readonly ErrorObject[], part: RequestPart): RejectionBody {
  const error = mostTelling(errors);
  if (error === undefined) return { code: 'VALIDATION_FAILED' };
  const at = pathOf(error.instancePath);
  const subject = at === '' ? nameOfPart[part] : at;
  switch (error.keyword) {
    case 'required': {
      const param = join(at, String(error.params.missingProperty));
      return violation(param, `${param} is required`);
    }
    case 'additionalProperties': {
      const param = join(at, clip(String(error.params.additionalProperty)));
      const known = Object.keys((error.parentSchema?.properties as object | undefined) ?? {});
      return violation(param, `${param} is not a known field${known.length > 0 ? `; known: ${known.join(', ')}` : ''}`);
    }
    case 'maxItems':
      return {
        ...violation(at, `${subject} must have at most ${error.params.limit} items`),
        code: at === 'contacts' ? 'TOO_MANY_RECIPIENTS' : 'VALIDATION_FAILED',
      };
    default:
      return violation(at, `${subject} ${requirementOf(error)}`);
  }
}

const nameOfPart: Record<RequestPart, string> = {
  body: 'the request body',
  query: 'the query string',
  params: 'the path',
};
const violation = (param: string, message: string): RejectionBody => ({
  code: 'VALIDATION_FAILED',
  message,
  ...(param === '' ? {} : { param }),
});

/** In a union, the branch that got furthest: deepest path first, then anything but a wrong type. */
function mostTelling(errors: readonly ErrorObject[]): ErrorObject | undefined {
  const rank = (e: ErrorObject) =>
    e.instancePath.length * 4 + (unionKeywords.has(e.keyword) ? 0 : e.keyword === 'type' ? 1 : 2);
  return errors.toSorted((a, b) => rank(b) - rank(a))[0];
}
const unionKeywords = new Set(['anyOf', 'oneOf', 'if']);

function requirementOf(error: ErrorObject): string {
  const limit = String(error.params.limit);
  switch (error.keyword) {
    case 'type':
      return `must be ${nameOfType[String(error.params.type)] ?? `of type ${error.params.type}`}`;
    case 'minLength':
      return error.params.limit === 1 ? 'must not be empty' : `must have at least ${limit} characters`;
    case 'maxLength':
      return `must have at most ${limit} characters`;
    case 'minItems':
      return error.params.limit === 1 ? 'must not be empty' : `must have at least ${limit} items`;
    case 'maxProperties':
      return `must have at most ${limit} keys`;
    case 'propertyNames':
      return `has a key that is too long: ${clip(String(error.params.propertyName))}`;
    case 'minimum':
      return `must be at least ${limit}`;
    case 'maximum':
      return `must be at most ${limit}`;
    case 'enum':
      return `must be one of: ${(error.params.allowedValues as unknown[]).join(', ')}`;
    case 'format':
    case 'pattern':
      return numberPatterns.includes(error.params.pattern) && typeof error.data === 'string'
        ? describePhoneNumber(error.data, error.params.pattern === contactAddressPattern)
        : `must be a valid ${lowerFirst(String(error.parentSchema?.description ?? 'value'))}${exampleOf(error)}`;
    default:
      return 'does not match the schema of this endpoint';
  }
}

const nameOfType: Record<string, string> = {
  string: 'a string',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'an array',
  object: 'a JSON object',
  null: 'null',
};
function exampleOf(error: ErrorObject): string {
  const [example] = (error.parentSchema?.examples as unknown[] | undefined) ?? [];
  return example === undefined ? '' : `, such as ${example}`;
}
/** `/contacts/3/number` (RFC 6901) as `contacts.3.number`. */
const pathOf = (pointer: string): string =>
  clip(pointer.slice(1).replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~'));
const join = (at: string, property: string): string => (at === '' ? property : `${at}.${property}`);
const clip = (text: string): string => (text.length > maxEchoLength ? `${text.slice(0, maxEchoLength)}...` : text);
/** Leaves acronyms such as UUID alone. */
const lowerFirst = (text: string): string =>
  /^[A-Z][a-z-]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
