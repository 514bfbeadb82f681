import { operationList } from '@wam/contracts';
import { describe, expect, it } from 'vitest';
import { producerOf } from './producer-of.ts';

/** Filled by e2e/code-samples/stage.ts itself. */
const staged = ['sessionId', 'messageId', 'deliveryId', 'number'];

describe('the examples of the API reference', () => {
  it('name only things of which a real one can be made, so that they can be executed', () => {
    const unknown = operationList.flatMap(({ id, example }) =>
      Object.keys(example.params ?? {})
        .filter((parameter) => !staged.includes(parameter) && producerOf(parameter, operationList) === undefined)
        .map((parameter) => `${id}: ${parameter}`),
    );
    expect(unknown, 'add a way to make one to e2e/code-samples/stage.ts').toEqual([]);
  });

  it('give a value for every path parameter', () => {
    for (const { id, params, example } of operationList)
      expect(Object.keys(example.params ?? {}), id).toEqual(Object.keys(params?.properties ?? {}));
  });
});
