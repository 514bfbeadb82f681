/** The typed client's operation table: one method per operation, types spelled out so that the client has no dependencies. */
import type { TObject } from 'typebox';
import { errorCodes } from '../src/errors/catalogue.ts';
import { publicEvents } from '../src/feed/public-events.ts';
import { type OperationDefinition, takesIdempotencyKey } from '../src/operation.ts';
import { requiredOf } from './document-schema.ts';
import { typeText } from './type-text.ts';

const capital = (text: string): string => text[0]!.toUpperCase() + text.slice(1);

function inputText(operation: OperationDefinition): string | undefined {
  const raw = operation.route.via === 'upload' ? ['  body: UploadBody;'] : [];
  const parts = (['params', 'query', 'body'] as const).flatMap((place) => {
    const schema = operation[place];
    if (!schema) return [];
    const optional = place !== 'params' && requiredOf(schema).length === 0;
    return [`  ${place}${optional ? '?' : ''}: ${typeText(plain(schema), '  ')};`];
  });
  const all = [...parts, ...raw];
  return all.length === 0 ? undefined : `{\n${all.join('\n')}\n}`;
}

const plain = (schema: unknown) => JSON.parse(JSON.stringify(schema));

/** A list in pages: takes a cursor, and answers with the next one. */
function isPaged({ query, responses }: OperationDefinition): boolean {
  const answer = (responses[200] as TObject | undefined)?.properties;
  return query?.properties.cursor !== undefined && answer?.data !== undefined && answer.nextCursor !== undefined;
}

function pagedText(operations: readonly OperationDefinition[]): string {
  const methods = operations.map(({ id, query, params, summary }) => {
    const optional = requiredOf(query).length === 0 && params === undefined ? '?' : '';
    return `  /** ${summary}. */\n  ${id}(input${optional}: ${capital(id)}Input, options?: CallOptions): AsyncIterable<${capital(id)}Answer['data'][number]>;`;
  });
  return [
    `export interface PagedOperations {\n${methods.join('\n')}\n}`,
    '',
    `export const pagedOperations = [${operations.map(({ id }) => `'${id}'`).join(', ')}] as const;`,
  ].join('\n');
}

function eventText(): string {
  const types = Object.entries(publicEvents).map(([type, data]) => `  '${type}': ${typeText(plain(data), '  ')};`);
  return [
    `/** What each type of event carries. */\nexport interface PublicEvents {\n${types.join('\n')}\n}`,
    'export type PublicEventType = keyof PublicEvents;',
    '/** `id` is the same wherever and however often the event is seen. */',
    'export type PublicEvent = {',
    '  [T in PublicEventType]: { id: string; type: T; timestamp: string; sessionId?: string; data: PublicEvents[T] };',
    '}[PublicEventType];',
    '/** An event at its place in the feed. */',
    'export type FeedEvent = PublicEvent & { cursor: string };',
  ].join('\n');
}

function fileText({ route }: OperationDefinition): string {
  if (route.via === 'upload') return `, contentType: '${route.contentTypes[0]}'`;
  return route.via === 'download' ? ', download: true' : '';
}

export function buildClientSource(operations: readonly OperationDefinition[]): string {
  const blocks: string[] = [];
  const methods: string[] = [];
  const table: string[] = [];
  for (const operation of operations) {
    const input = inputText(operation);
    const answers = Object.values(operation.responses).map((schema) => typeText(plain(schema)));
    if (input) blocks.push(`export type ${capital(operation.id)}Input = ${input};`);
    blocks.push(`export type ${capital(operation.id)}Answer = ${answers.join(' | ')};`);
    const optional = input !== undefined && !/^ {2}\w+: /m.test(input) ? '?' : '';
    const argument = input ? `input${optional}: ${capital(operation.id)}Input, ` : '';
    methods.push(
      `  /** ${operation.summary}. \`${operation.method} ${operation.path}\` */\n  ${operation.id}(${argument}options?: CallOptions): Promise<${capital(operation.id)}Answer>;`,
    );
    const keyed = takesIdempotencyKey(operation) ? ', keyed: true' : '';
    table.push(
      `  ${operation.id}: { method: '${operation.method}', path: '${operation.path}', input: ${input !== undefined}${keyed}${fileText(operation)} },`,
    );
  }
  return [
    '// Generated from packages/contracts by `npm run contracts:generate`. Do not edit.',
    "import type { CallOptions, UploadBody } from './call.ts';",
    '',
    blocks.join('\n\n'),
    '',
    `export type ErrorCode =\n${errorCodes.map((code) => `  | '${code}'`).join('\n')};`,
    '',
    `export interface Operations {\n${methods.join('\n')}\n}`,
    '',
    pagedText(operations.filter(isPaged)),
    '',
    eventText(),
    '',
    `export const operationTable = {\n${table.join('\n')}\n} as const;`,
    '',
  ].join('\n');
}
