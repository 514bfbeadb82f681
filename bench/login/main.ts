/**
 * How long a refused login takes for an account that exists (wrong password) and for one that does not, in turns, through the gateway and auth. The
 * two must not be told apart by time. Environment: ROUNDS (300) pairs.
 */
import { createClient } from '@wam/client';
import { startPlatformProcesses, untilReady } from '../platform-processes.ts';
import { median, quantile, round } from '../statistics.ts';

const rounds = Number(process.env.ROUNDS ?? 300);
const unlimited = '1000000000/15m';

await using platform = await startPlatformProcesses({
  RATE_LIMIT_AUTH: unlimited,
  RATE_LIMIT_AUTH_FAILURES: unlimited,
});
for (const target of ['auth', 'gateway']) platform.start(target);
await untilReady(platform.url);
const known = 'bench@example.com';
await createClient({ baseUrl: platform.url }).register({ body: { email: known, password: 'securepassword123' } });

async function refusedLoginMs(email: string): Promise<{ tookMs: number; answer: string }> {
  const startedAtMs = performance.now();
  const response = await fetch(`${platform.url}/api/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password: 'not it, for sure' }),
  });
  const { requestId: _, ...body } = (await response.json()) as Record<string, unknown>;
  return { tookMs: performance.now() - startedAtMs, answer: `${response.status} ${JSON.stringify(body)}` };
}

const tookMs: Record<'wrongPassword' | 'unknownEmail', number[]> = { wrongPassword: [], unknownEmail: [] };
const answers = new Set<string>();
for (let warmUp = 0; warmUp < 20; warmUp++) await refusedLoginMs(known);
for (let round = 0; round < rounds; round++) {
  const pair = [
    ['wrongPassword', known],
    ['unknownEmail', `nobody-${round}@example.com`],
  ] as const;
  for (const [side, email] of round % 2 === 0 ? pair : pair.toReversed()) {
    const refused = await refusedLoginMs(email);
    tookMs[side].push(refused.tookMs);
    answers.add(refused.answer);
  }
}
/** How often one side took longer than the other, of all pairs: 0.5 when time tells nothing. */
const longer = tookMs.wrongPassword.filter((ms, index) => ms > tookMs.unknownEmail[index]!).length / rounds;
const summary = (values: readonly number[]) => ({
  p50Ms: round(median(values), 2),
  p90Ms: round(quantile(values, 0.9), 2),
});
console.log(
  JSON.stringify(
    {
      bench: 'login',
      conditions: { rounds, node: process.version },
      wrongPassword: summary(tookMs.wrongPassword),
      unknownEmail: summary(tookMs.unknownEmail),
      ratioOfMedians: round(median(tookMs.wrongPassword) / median(tookMs.unknownEmail), 3),
      wrongPasswordTookLonger: round(longer, 2),
      differentAnswers: answers.size,
    },
    null,
    2,
  ),
);
