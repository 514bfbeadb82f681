import { writeSync } from 'node:fs';
import type { SerializedError } from 'vitest';
import type { Reporter, TestModule } from 'vitest/node';

export type TestCounts = { passed: number; failed: number; skipped: number };

/**
 * Ends the run with one plain line, `12 passed, 0 failed` (and `, 3 skipped`), after everything else is printed.
 * A file that does not load, a suite whose hook fails and an error outside any test count as failed, so that the line
 * never looks better than the exit code. A run without a single test fails.
 */
export class CountReporter implements Reporter {
  #counts: TestCounts | undefined;

  onInit(): void {
    process.once('exit', () => {
      const { passed, failed, skipped } = this.#counts ?? { passed: 0, failed: 1, skipped: 0 };
      if (passed + failed === 0 || failed > 0) process.exitCode = process.exitCode || 1;
      const failures = process.exitCode !== 0 && process.exitCode !== undefined ? Math.max(failed, 1) : failed;
      writeSync(1, `${passed} passed, ${failures} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
    });
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    this.#counts = countTests(modules, unhandledErrors.length);
  }
}

function countTests(modules: readonly TestModule[], unhandledErrors: number): TestCounts {
  const counts: TestCounts = { passed: 0, failed: unhandledErrors, skipped: 0 };
  for (const module of modules) {
    let failedTests = 0;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') counts.passed += 1;
      else if (state === 'skipped') counts.skipped += 1;
      else failedTests += 1; // failed, or still pending when the run was cut short
    }
    // A hook or the file itself failed, though no single test did.
    if (failedTests === 0 && module.state() === 'failed') failedTests = 1;
    counts.failed += failedTests;
  }
  return counts;
}
