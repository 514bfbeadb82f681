import { isDateTime } from '@wam/contracts';
import { Ajv, type ValidateFunction } from 'ajv';
import type { FastifySchemaCompiler } from 'fastify';
import { ApiError } from './api-error.ts';
import { describeViolation, type RequestPart } from './describe-violation.ts';
import { findUnstorableText } from './find-unstorable-text.ts';

/**
 * Compiles the contract's schemas. Unknown fields are refused, never dropped; a JSON body is taken as it is, while query values,
 * which are always text, become what the schema says.
 */
export function createValidatorCompiler(): FastifySchemaCompiler<object> {
  const settings = {
    allErrors: false,
    removeAdditional: false,
    useDefaults: true,
    verbose: true,
    strict: true,
    formats: { 'date-time': isDateTime },
  } as const;
  const exact = new Ajv({ ...settings, coerceTypes: false });
  const coercing = new Ajv({ ...settings, coerceTypes: true });
  return ({ schema, httpPart }) => {
    const part = requestPartOf(httpPart);
    const validate: ValidateFunction = (part === 'query' ? coercing : exact).compile(schema);
    return (value: unknown) => {
      if (!validate(value)) return { error: new ApiError(...describe(validate, part)) };
      const unstorable = findUnstorableText(value);
      if (unstorable === undefined) return true;
      const { param, problem } = unstorable;
      return { error: new ApiError('VALIDATION_FAILED', { param, message: `${param} ${problem}` }) };
    };
  };
}

function describe(validate: ValidateFunction, part: RequestPart): ConstructorParameters<typeof ApiError> {
  const { code, ...more } = describeViolation(validate.errors ?? [], part);
  return [code, more];
}

function requestPartOf(httpPart: string | undefined): RequestPart {
  if (httpPart === 'body' || httpPart === 'params') return httpPart;
  if (httpPart === 'querystring') return 'query';
  throw new Error(`Nothing validates ${httpPart}`);
}
