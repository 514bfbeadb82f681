// Makes a fresh clone runnable: dependencies, Node 24, then the servers (scripts/provision.ts).
// Runs before start and test, so before there is a node_modules: no imports but node:, and nothing newer than Node 20.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { delimiter, join, sep } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { majorVersion, nestedNpmEnvironment, oldestNodeMajor, staleDependencies } from './bootstrap-plan.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const nodeModules = join(root, 'node_modules');
const recursionGuard = 'WAM_BOOTSTRAP_RUNNING';

if (process.env[recursionGuard] === undefined) {
  installDependencies();
  const node = chooseNode();
  if (!process.argv.includes('--dependencies-only')) provisionServers(node);
}

function installDependencies() {
  const reason = staleDependencies(readJson('package-lock.json'), readJson('node_modules/.package-lock.json'));
  if (reason === undefined) return;
  say(`dependencies: npm ci (${reason})`);
  const { command, args } = npm();
  const options = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  const result = spawnSync(command, [...args, ...options], {
    cwd: root,
    env: { ...nestedNpmEnvironment(process.env, nodeModules), [recursionGuard]: '1' },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (result.status !== 0) fail('dependencies: npm ci failed, see above; mend that and run the command again');
}

/** The npm that runs us, on a Node outside the node_modules that `npm ci` is about to delete. */
function npm() {
  const cli = process.env.npm_execpath;
  if (cli === undefined || !cli.endsWith('.js')) return { command: 'npm', args: [] };
  const outside = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '' && !folder.includes(`${sep}node_modules${sep}`))
    .map((folder) => join(folder, 'node'))
    .find((file) => statSync(file, { throwIfNoEntry: false })?.isFile());
  return { command: outside ?? process.execPath, args: [cli] };
}

function chooseNode() {
  const packaged = join(nodeModules, '.bin', 'node');
  const node = existsSync(packaged) ? packaged : process.execPath;
  let version;
  try {
    version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
  } catch (error) {
    fail(`node: ${node} does not run on this machine (${error.code ?? error.message}); see the platforms in README.md`);
  }
  if (majorVersion(version) < oldestNodeMajor) {
    fail(
      `node: ${version} is too old and npm installed no newer one for ${process.platform}-${process.arch}; ` +
        `install Node ${oldestNodeMajor} or newer and run the command again`,
    );
  }
  say(`node: ${version.slice(1)} from ${node === packaged ? 'node_modules' : node}`);
  return node;
}

function provisionServers(node) {
  const result = spawnSync(node, [join(root, 'scripts', 'provision.ts'), ...process.argv.slice(2)], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (result.status !== 0) process.exit(1);
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(join(root, path), 'utf8'));
  } catch {
    return undefined;
  }
}

function say(line) {
  process.stdout.write(`${line}\n`);
}

function fail(line) {
  process.stderr.write(`${line}\n`);
  process.exit(1);
}
