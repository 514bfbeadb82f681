/** The reference: undici alone posts the same bytes with the same headers to the same receiver. No queue, no signature, no database. */
import { Agent } from 'undici';
import { serveCalls } from '../child-calls.ts';
import { inParallel } from '../statistics.ts';

const agent = new Agent({ pipelining: 1 });

serveCalls({
  async post(given: {
    url: string;
    count: number;
    concurrency: number;
    body: string;
    headers: Record<string, string>;
  }) {
    const { origin, pathname } = new URL(given.url);
    const startedAtMs = Date.now();
    await inParallel(given.count, given.concurrency, async () => {
      const request = { origin, path: pathname, method: 'POST', headers: given.headers, body: given.body } as const;
      const { body } = await agent.request(request);
      await body.dump();
    });
    return startedAtMs;
  },
});
