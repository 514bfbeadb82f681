/** The typed client's operation table: one method per operation, types spelled out so that the client has no dependencies. */
import { errorCodes } from '../src/errors/catalogue.ts';
import type { OperationDefinition } from '../src/operation.ts';
import { requiredOf } from './document-schema.ts';
import { typeText } from './type-text.ts';

const capital = (text: string): string => text[0]!.toUpperCase() + text.slice(1);

function inputText(operation: OperationDefinition): string | undefined {
  const parts = (['params', 'query', 'body'] as const).flatMap((place) => {
    const schema = operation[place];
    if (!schema) return [];
    const optional = place !== 'params' && requiredOf(schema).length === 0;
    return [`  ${place}${optional ? '?' : ''}: ${typeText(JSON.parse(JSON.stringify(schema)), '  ')};`];
  });
  return parts.length === 0 ? undefined : `{\n${parts.join('\n')}\n}`;
}

export function buildClientSource(operations: readonly OperationDefinition[]): string {
  const blocks: string[] = [];
  const methods: string[] = [];
  const table: string[] = [];
  for (const operation of operations) {
    const input = inputText(operation);
    const answers = Object.values(operation.responses).map((schema) => typeText(JSON.parse(JSON.stringify(schema))));
    if (input) blocks.push(`export type ${capital(operation.id)}Input = ${input};`);
    blocks.push(`export type ${capital(operation.id)}Answer = ${answers.join(' | ')};`);
    const optional = input !== undefined && !/^ {2}\w+: /m.test(input) ? '?' : '';
    const argument = input ? `input${optional}: ${capital(operation.id)}Input, ` : '';
    methods.push(
      `  /** ${operation.summary}. \`${operation.method} ${operation.path}\` */\n  ${operation.id}(${argument}options?: CallOptions): Promise<${capital(operation.id)}Answer>;`,
    );
    table.push(
      `  ${operation.id}: { method: '${operation.method}', path: '${operation.path}', input: ${input !== undefined} },`,
    );
  }
  return [
    '// Generated from packages/contracts by `npm run contracts:generate`. Do not edit.',
    "import type { CallOptions } from './call.ts';",
    '',
    blocks.join('\n\n'),
    '',
    `export type ErrorCode =\n${errorCodes.map((code) => `  | '${code}'`).join('\n')};`,
    '',
    `export interface Operations {\n${methods.join('\n')}\n}`,
    '',
    `export const operationTable = {\n${table.join('\n')}\n} as const;`,
    '',
  ].join('\n');
}
