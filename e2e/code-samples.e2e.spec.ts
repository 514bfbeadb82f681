import { type OperationDefinition, operationList, plans } from '@wam/contracts';
import { Value } from 'typebox/value';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asExample, formDifferences, readExampleAnswers, recordExampleAnswer } from './code-samples/example-answers.ts';
import {
  type CodeSample,
  createSampleRunner,
  languages,
  missingFor,
  type SampleAnswer,
  type SampleRunner,
} from './code-samples/sample-runner.ts';
import { buildStage, realised, type Stage } from './code-samples/stage.ts';
import { type Platform, startPlatform, temporaryFolder } from './platform.ts';

interface DescribedOperation {
  operationId: string;
  'x-codeSamples': CodeSample[];
}
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let platform: Platform;
let stage: Stage;
let runner: SampleRunner;
/** As a running platform describes itself. */
let samples: Map<string, CodeSample[]>;

/** One language is enough then, and what one has made another one would find. */
const isRecording = process.env.RECORD_ANSWERS !== undefined;
/** What it shows as the answer of each operation. */
const shownAnswers = new Map(Object.entries(readExampleAnswers()));

/** Room for what each example makes; who may do what is shown elsewhere. */
const roomyPlans = { enterprise: { ...plans.enterprise, sessions: 500 } };

beforeAll(async () => {
  folder = await temporaryFolder();
  platform = await startPlatform(folder.path, {
    PLANS: JSON.stringify(roomyPlans),
    DEFAULT_PLAN: 'enterprise',
    RATE_LIMIT_GENERAL: '100000/15m',
    RATE_LIMIT_PLANS: 'none',
    RATE_LIMIT_AUTH: '1000/15m',
  });
  const document = (await (await fetch(`${platform.url}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, DescribedOperation>>;
  };
  const described = Object.values(document.paths).flatMap((path) => Object.values(path));
  samples = new Map(described.map((operation) => [operation.operationId, operation['x-codeSamples']]));
  stage = await buildStage(platform.url);
  runner = await createSampleRunner(platform.url, folder.path);
}, 120_000);
afterAll(async () => {
  await runner?.[Symbol.asyncDispose]();
  await platform?.[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

function expectAnswerOf({ responses }: OperationDefinition, { status, body }: SampleAnswer, label: string) {
  const schema = responses[status as keyof typeof responses];
  expect(schema, `${label}: answered ${status} ${JSON.stringify(body)}`).toBeDefined();
  expect([...Value.Errors(schema!, body)], `${label}: answer ${status}`).toEqual([]);
}

const missing = new Map(await Promise.all(languages.map(async (lang) => [lang, await missingFor(lang)] as const)));

describe('the code samples of the API reference', () => {
  for (const lang of languages)
    it(`are run in ${lang}`, ({ skip }) => {
      const program = missing.get(lang);
      if (program !== undefined) skip(`no ${program} here`);
      for (const { id } of operationList)
        expect(
          samples.get(id)?.map((sample) => sample.lang),
          id,
        ).toContain(lang);
    });

  it.each(operationList)('work when pasted: $id', async (operation) => {
    const given = [];
    for (const sample of samples.get(operation.id)?.slice(0, isRecording ? 1 : undefined) ?? [])
      if (missing.get(sample.lang) === undefined) given.push({ sample, ...(await stage.prepare(operation)) });
    expect(given.length, 'languages').toBeGreaterThan(0);
    const answers = await Promise.all(
      given.map(async ({ sample, token, values }) => {
        const source = realised(sample.source, operation, values);
        const answer = await runner.run[sample.lang](source, token);
        expectAnswerOf(operation, answer, sample.label);
        return { status: answer.status, body: asExample(operation, answer.body, values) };
      }),
    );
    if (isRecording) recordExampleAnswer(operation.id, answers[0]!);
    const shown = shownAnswers.get(operation.id);
    for (const { status, body } of answers)
      if (status === shown?.status) expect(formDifferences(body, shown.body), operation.id).toEqual([]);
  });
});
