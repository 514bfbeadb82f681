import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findOnPath } from '../../executable.ts';

const run = promisify(execFile);

/**
 * Installs Homebrew's nats-server; the formula starts no service by itself.
 *
 * @returns the path of the program.
 */
export async function installWithHomebrew(): Promise<string> {
  await run('brew', ['install', '--quiet', 'nats-server'], { timeout: 600_000 });
  const { stdout } = await run('brew', ['--prefix', 'nats-server']);
  const program = findOnPath('nats-server', `${stdout.trim()}/bin`);
  if (program === undefined) throw new Error('brew installed nats-server, but it is not there');
  return program;
}
