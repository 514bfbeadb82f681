/** Whether what the API answers is what the API description says. */
import { type ErrorCode, edgeErrors, errorsOf, type OperationDefinition, operationList } from '@wam/contracts';
import openapi from '@wam/contracts/spec/openapi.json' with { type: 'json' };
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

export interface AnswerFacts {
  method: string;
  pathname: string;
  status: number;
  body: unknown;
}
export interface ResponseContract {
  /** In a sentence; undefined when all is well, or when no operation is meant. */
  faultOf(answer: AnswerFacts): string | undefined;
}
interface Described {
  responses: Record<string, { content: { 'application/json': { schema: object } } } | undefined>;
}

/** @param codesToo the code of an error must be one that the operation is described with; not where stand-ins answer for services */
export function createResponseContract({ codesToo }: { codesToo: boolean }): ResponseContract {
  const ajv = new Ajv2020({ strict: false, allErrors: false, validateFormats: false });
  const { components } = openapi;
  const compiled = new Map<string, ValidateFunction>();
  const routes = operationList
    .map((operation) => ({ operation, pattern: new RegExp(`^${operation.path.replaceAll(/:\w+/g, '[^/]+')}$`) }))
    // Fixed paths before those with parameters, as the router has it.
    .sort((a, b) => Number(a.operation.path.includes(':')) - Number(b.operation.path.includes(':')));

  function validatorOf(name: string, schema: object): ValidateFunction {
    const known = compiled.get(name) ?? ajv.compile({ ...schema, components });
    compiled.set(name, known);
    return known;
  }
  function describedAs({ id, method, path }: OperationDefinition): Described {
    const item = (openapi.paths as Record<string, Record<string, unknown>>)[path.replaceAll(/:(\w+)/g, '{$1}')];
    const described = item?.[method.toLowerCase()];
    if (described === undefined) throw new Error(`${id} is not in the API description`);
    return described as Described;
  }

  return {
    faultOf({ method, pathname, status, body }) {
      const operation = routes.find(
        (route) => route.operation.method === method && route.pattern.test(pathname),
      )?.operation;
      if (operation === undefined) return undefined;
      const name = `${operation.id} ${status}`;
      const isError = status >= 400;
      const schema = isError
        ? { $ref: '#/components/schemas/Error' }
        : describedAs(operation).responses[status]?.content['application/json'].schema;
      if (schema === undefined) return `${name} is not described`;
      const validate = validatorOf(isError ? 'error' : name, schema);
      if (!validate(body)) {
        const [error] = validate.errors ?? [];
        return `${name}: ${error?.instancePath || 'the body'} ${error?.message}: ${JSON.stringify(body).slice(0, 500)}`;
      }
      const code = (body as { code?: ErrorCode }).code;
      if (!isError || !codesToo || code === undefined) return undefined;
      if (errorsOf(operation).includes(code) || edgeErrors.includes(code)) return undefined;
      return `${name}: ${code} is not among the errors of the operation`;
    },
  };
}
