import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryDirectory } from './temporary-directory.ts';

// The line is what a CI counts, so the runner itself is started here, on small suites.

const nodeModules = fileURLToPath(new URL('../../../../node_modules', import.meta.url));
const reporter = fileURLToPath(new URL('./count-reporter.ts', import.meta.url));
const imports = "import { beforeAll, expect, test } from 'vitest';\n";

test.each([
  {
    title: 'passed, failed and skipped tests',
    suite: passing(2) + failing() + skipped(),
    line: '2 passed, 1 failed, 1 skipped',
    status: 1,
  },
  { title: 'only passed tests', suite: passing(3), line: '3 passed, 0 failed', status: 0 },
  { title: 'a file that does not load', suite: "import './nowhere.ts';\n", line: '0 passed, 1 failed', status: 1 },
  {
    title: 'a hook that fails',
    suite: `beforeAll(() => { throw new Error(); });\n${passing(1)}`,
    line: '0 passed, 1 failed, 1 skipped',
    status: 1,
  },
  {
    title: 'an error outside every test',
    suite: `${passing(1)}setTimeout(() => { throw new Error(); });\ntest('waits', () => new Promise((done) => setTimeout(done, 50)));\n`,
    line: '2 passed, 1 failed',
    status: 1,
  },
  { title: 'no test that ran', suite: skipped(), line: '0 passed, 1 failed, 1 skipped', status: 1 },
  { title: 'no test at all', suite: undefined, line: '0 passed, 1 failed', status: 1 },
])('the last line counts $title', async ({ suite, line, status }) => {
  await using folder = await temporaryDirectory('wam-reporter-');
  symlinkSync(nodeModules, join(folder.path, 'node_modules'));
  const config = `import { CountReporter } from ${JSON.stringify(reporter)};
    export default { test: { include: ['suites/*.ts'], reporters: ['default', new CountReporter()] } };`;
  writeFileSync(join(folder.path, 'vitest.config.ts'), config);
  mkdirSync(join(folder.path, 'suites'));
  if (suite !== undefined) writeFileSync(join(folder.path, 'suites', 'a.ts'), imports + suite);

  const run = spawnSync(join(nodeModules, '.bin', 'vitest'), ['run'], { cwd: folder.path, encoding: 'utf8' });
  expect(run.stdout.trimEnd().split('\n').at(-1)).toBe(line);
  expect(run.status).toBe(status);
});

function passing(count: number): string {
  return Array.from({ length: count }, (_, index) => `test('good ${index}', () => {});\n`).join('');
}

function failing(): string {
  return "test('bad', () => expect(1).toBe(2));\n";
}

function skipped(): string {
  return "test.skip('later', () => {});\n";
}
