/**
 * Generated bad inputs for each group of operations. `npm run test:fuzz` does 10,000 for each; FUZZ_SEED repeats a run whose seed is in the
 * title of what failed.
 */
import { randomUUID } from 'node:crypto';
import { type OperationDefinition, operationList } from '@wam/contracts';
import { refuse } from '@wam/service-kit/nats';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, call } from './testing/call.ts';
import { expectCatalogueError } from './testing/expect-catalogue-error.ts';
import { badBody, badKey, badPath } from './testing/generate-bad-input.ts';
import { type Harness, startHarness } from './testing/harness.ts';

const runs = Number(process.env.FUZZ_RUNS ?? 1_000);
const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
const workers = 8;
/** Nothing may take longer to refuse. */
const longestAnswerMs = 1_000;

let harness: Harness;
let token: string;
let sessionId: string;
beforeAll(async () => {
  harness = await startHarness();
  const tenant = randomUUID();
  token = await harness.issuer.token(tenant);
  sessionId = harness.addSession(tenant);
  harness.engine.answer = () => refuse({ code: 'CONFLICT' });
});
afterAll(async () => {
  await harness?.[Symbol.asyncDispose]();
});

const often = <T>(usual: T, ...odd: T[]) => fc.constantFrom(...Array<T>(9).fill(usual), ...odd);
const inputOf = (operation: OperationDefinition) =>
  fc.record({
    operation: fc.constant(operation),
    path: badPath(operation),
    body: operation.method === 'GET' ? fc.constant(undefined) : badBody(operation),
    contentType: often('application/json', 'text/plain', 'application/xml', ';', ''),
    key: badKey,
    withToken: often(true, false),
  });
type Input = typeof inputOf extends (operation: OperationDefinition) => fc.Arbitrary<infer T> ? T : never;

async function send({
  operation,
  path,
  body,
  contentType,
  key,
  withToken,
}: Input): Promise<Answer & { tookMs: number }> {
  const startedMs = performance.now();
  const answer = await call(harness.gateway.address, path.replace(':sessionId', sessionId), {
    method: operation.method,
    ...(withToken ? { token } : {}),
    body,
    headers: { 'content-type': contentType, ...(key === undefined ? {} : { 'idempotency-key': key }) },
  });
  return { ...answer, tookMs: performance.now() - startedMs };
}

const groups = Map.groupBy(operationList, ({ tag }) => tag);
test.each([...groups])(
  `%s: ${runs} bad inputs, no 5xx, no slow answer, each error as in the catalogue (seed ${seed})`,
  {
    timeout: 30_000 + runs * 30,
  },
  async (_tag, operations) => {
    const inputs = fc.sample(
      fc.constantFrom(...operations).chain((operation) => inputOf(operation)),
      { numRuns: runs, seed },
    );
    const refused = new Map<number, number>();
    const slow: Input[] = [];
    async function work(): Promise<void> {
      for (let input = inputs.pop(); input !== undefined; input = inputs.pop()) {
        const answer = await send(input);
        if (answer.status >= 500) throw new Error(`${answer.status} for ${JSON.stringify(input).slice(0, 2_000)}`);
        if (answer.status >= 400) expectCatalogueError(answer);
        if (answer.tookMs > longestAnswerMs) slow.push(input);
        refused.set(answer.status, (refused.get(answer.status) ?? 0) + 1);
      }
    }
    await Promise.all(Array.from({ length: workers }, work));
    // Again without company: whether the input is slow, and not the machine.
    for (const input of slow) {
      const again = [await send(input), await send(input), await send(input)].map(({ tookMs }) => tookMs);
      expect(Math.min(...again), JSON.stringify(input)).toBeLessThan(longestAnswerMs);
    }
    // Not all for one reason.
    expect(refused.size).toBeGreaterThan(1);
  },
);
