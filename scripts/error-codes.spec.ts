/** The error catalogue against the code, both ways. Its pages are proven in services/gateway/src/docs. */
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { edgeErrors, errorCatalogue, errorCodes, errorsOf, isErrorCode, operationList } from '@wam/contracts';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
/** What can answer a request or fail a message. */
const sources = globSync('{services,apps,packages}/*/src/**/*.ts', { cwd: root })
  .filter(
    (file) => !/\.spec\.ts$|\/(testing|test)\/|^packages\/(contracts|client|whatsapp-sandbox|testkit)\//.test(file),
  )
  .map((file) => ({ file, text: readFileSync(`${root}${file}`, 'utf8') }));

describe('the error catalogue', () => {
  test('has no code that nothing answers with', () => {
    const unused = errorCodes.filter((code) => {
      const used = new RegExp(`'${code}'|\\b${code}:`);
      return !sources.some(({ text }) => used.test(text));
    });
    expect(unused).toEqual([]);
  });

  test('has every code that is answered: where the type checker sees no more than text, too', () => {
    const answered = /(?:\breject\(|\bApiError\(|\bcode: )'([A-Z][A-Z_]+)'/g;
    const unknown = sources.flatMap(({ file, text }) =>
      [...text.matchAll(answered)]
        .map((match) => match[1]!)
        // Node's own are told apart, never answered.
        .filter((code) => !isErrorCode(code) && !code.startsWith('ERR_'))
        .map((code) => `${file}: ${code}`),
    );
    expect(unknown).toEqual([]);
  });

  test('has no code with a status that the description of no operation mentions', () => {
    const described = new Set([...edgeErrors, ...operationList.flatMap(errorsOf)]);
    const hidden = errorCodes.filter((code) => errorCatalogue[code].status > 0 && !described.has(code));
    expect(hidden).toEqual([]);
  });
});
