import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import answers from '../examples/answers.golden.json' with { type: 'json' };
import { operationList } from '../src/index.ts';
import { buildOpenApi } from './openapi.ts';

const recorded: Record<string, { status: number; body: unknown } | undefined> = answers;
const howTo = 'record it: RECORD_ANSWERS=1 npx vitest run --project e2e e2e/code-samples.e2e.spec.ts';

describe('the answers that the API reference shows', () => {
  it.each(operationList)('has one of $id, in the form that it is described with', ({ id, responses }) => {
    const answer = recorded[id];
    expect(answer, howTo).toBeDefined();
    const schema = responses[answer!.status as keyof typeof responses];
    expect(schema, `${answer!.status} is not described`).toBeDefined();
    expect([...Value.Errors(schema!, answer!.body)]).toEqual([]);
  });

  it('has none of operations that are gone', () => {
    const ids: readonly string[] = operationList.map(({ id }) => id);
    expect(Object.keys(recorded).filter((id) => !ids.includes(id))).toEqual([]);
  });

  it('names no port and no secret of the run in which they were recorded', () => {
    const text = JSON.stringify(recorded);
    expect(text).not.toContain('127.0.0.1');
    for (const [, secret] of text.matchAll(/wa_(?:live|test)_([\w-]+)|"(?:refreshToken|secret|ticket)":"([^"]+)"/g))
      expect(secret ?? 'x').toMatch(/^x+$/);
  });

  it('are in the document, under the status they came with', () => {
    const document = buildOpenApi(operationList, '0.0.0') as {
      paths: Record<string, Record<string, { responses: Record<string, { content: Record<string, object> }> }>>;
    };
    for (const { id, path, method } of operationList) {
      const { responses } = document.paths[path.replaceAll(/:(\w+)/g, '{$1}')]![method.toLowerCase()]!;
      const shown = Object.values(responses[recorded[id]!.status]!.content)[0];
      expect(shown, id).toHaveProperty('example');
    }
  });
});
