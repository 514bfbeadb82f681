import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { CountReporter } from './packages/testkit/src/infra/count-reporter.ts';

const folders = '{packages,services,apps,e2e,bench,scripts,deploy}';
const postgres = './packages/testkit/src/infra/provide-postgres.ts';
const secondsMs = 1000;
/** Specs read what they have just caused: on a busy machine an answer after the default wait may be an old one, though it says so. */
const env = { ANALYTICS_READ_WAIT: '4s' };

type ProjectSettings = NonNullable<TestProjectInlineConfiguration['test']>;

/** The suffix tells the cost: cheap projects run first, and only those with servers start any. */
function project(name: string, groupOrder: number, settings: ProjectSettings): TestProjectInlineConfiguration {
  return {
    extends: true,
    test: {
      name,
      pool: 'forks',
      exclude: ['**/node_modules/**', '**/.wam/**', '**/dist/**'],
      ...settings,
      sequence: { groupOrder },
    },
  };
}

export default defineConfig({
  test: {
    maxWorkers: 2,
    reporters: ['default', new CountReporter()],
    projects: [
      project('unit', 0, {
        include: [`${folders}/**/*.spec.ts`],
        exclude: ['**/node_modules/**', '**/.wam/**', '**/dist/**', '**/*.{int,e2e}.spec.ts'],
        testTimeout: 30 * secondsMs, // pure, but a property runs many cases, and the machine may be busy
      }),
      project('int', 1, {
        include: [`${folders}/**/*.int.spec.ts`],
        setupFiles: './e2e/check-answers.int.ts',
        globalSetup: postgres,
        env,
        // Only against what hangs: above all that a test waits for in turn, each of which says what was missing.
        testTimeout: 120 * secondsMs,
        hookTimeout: 120 * secondsMs,
      }),
      project('e2e', 2, {
        include: [`${folders}/**/*.e2e.spec.ts`],
        setupFiles: './e2e/check-answers.e2e.ts',
        globalSetup: postgres,
        env,
        testTimeout: 120 * secondsMs,
        hookTimeout: 120 * secondsMs,
      }),
    ],
  },
});
