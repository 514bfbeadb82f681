/** Every answer that a spec gets through `fetch` is held against the API description; the test fails in which one does not fit. */
import { afterEach } from 'vitest';
import { createResponseContract } from './response-contract.ts';

export function checkAnswers(options: { codesToo: boolean }): void {
  const contract = createResponseContract(options);
  const faults: string[] = [];
  const ask = globalThis.fetch;

  globalThis.fetch = async (input, init) => {
    const response = await ask(input, init);
    // Every answer of the gateway has a request id; a server that a spec scripts for itself gives none.
    const isOurs = response.headers.has('x-request-id');
    if (isOurs && response.headers.get('content-type')?.startsWith('application/json')) {
      const method = (init?.method ?? (input instanceof Request ? input.method : 'GET')).toUpperCase();
      const { pathname } = new URL(input instanceof Request ? input.url : input);
      const text = await response.clone().text();
      const fault = contract.faultOf({ method, pathname, status: response.status, body: text && JSON.parse(text) });
      if (fault !== undefined) faults.push(fault);
    }
    return response;
  };
  afterEach(() => {
    const found = [...new Set(faults.splice(0))];
    if (found.length > 0) throw new Error(`answers that are not as described:\n${found.join('\n')}`);
  });
}
