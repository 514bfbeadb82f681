import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { searchPath } from '../config.ts';
import { findOnPath } from '../executable.ts';
import { locateBrowser } from './locate-browser.ts';
import { planTestPrograms, withoutLine } from './plan-test-programs.ts';

const run = promisify(execFile);
/** A browser is 100 MB; the package lists of a fresh machine are 10. */
const installLimitMs = 300_000;

interface TestProgram {
  name: string;
  debianPackage: string;
  present: () => Promise<boolean>;
}
const isOnPath = (name: string): boolean => findOnPath(name, searchPath()) !== undefined;

/** What readers of the documentation have: their tools for the samples, a browser for the pages. */
const programs: readonly TestProgram[] = [
  { name: 'curl', debianPackage: 'curl', present: async () => isOnPath('curl') },
  { name: 'jq', debianPackage: 'jq', present: async () => isOnPath('jq') },
  {
    name: 'python3 with requests',
    debianPackage: 'python3-requests',
    present: () =>
      run('python3', ['-c', 'import requests']).then(
        () => true,
        () => false,
      ),
  },
  { name: 'a browser', debianPackage: 'chromium-headless-shell', present: async () => locateBrowser() !== undefined },
];

/**
 * Installs what the tests of the documentation run and this machine lacks, where that is possible: as root with apt-get.
 * Never fails: a test whose program is missing says so itself.
 *
 * @param report told one line before something slow
 * @returns one line that says what there is
 */
export async function provisionTestPrograms(report: (line: string) => void): Promise<string> {
  const all = `test programs: ${programs.map(({ name }) => name).join(', ')}`;
  const missing = await missingPrograms();
  const names = missing.map(({ name }) => name);
  const plan = planTestPrograms({ missing: names, isRoot: process.getuid?.() === 0, hasApt: isOnPath('apt-get') });
  switch (plan.do) {
    case 'nothing':
      return all;
    case 'go-without':
      return plan.say;
    case 'install':
      report(`test programs: installing ${names.join(', ')}`);
      try {
        await installPackages(missing.map(({ debianPackage }) => debianPackage));
        return all;
      } catch (error) {
        const [reason] = (error instanceof Error ? error.message : String(error)).split('\n');
        return withoutLine(names, reason);
      }
  }
}

async function missingPrograms(): Promise<TestProgram[]> {
  const present = await Promise.all(programs.map((program) => program.present()));
  return programs.filter((_, index) => !present[index]);
}

async function installPackages(names: readonly string[]): Promise<void> {
  const aptGet = (...args: string[]) =>
    run('env', ['DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args], { timeout: installLimitMs });
  // A fresh machine or image has no package lists; old ones name packages that are gone.
  await aptGet('update', '-qq');
  await aptGet('install', '-qqy', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120', ...names);
}
