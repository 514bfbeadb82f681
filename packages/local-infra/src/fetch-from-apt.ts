import { type ExecFileException, execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isExecutable } from './executable.ts';

const run = promisify(execFile);

export interface AptProgram {
  /** Of the distribution. */
  packageName: string;
  program: string;
}

/**
 * Downloads the distribution's package and unpacks it into `folder`. The package is not installed, because that would
 * also start a system service on the standard port. Needs no root where the package lists are there.
 *
 * @returns the path of the program.
 * @throws when apt does not know the package or cannot fetch it.
 */
export async function fetchFromApt(folder: string, { packageName, program }: AptProgram): Promise<string> {
  const download = () => runQuietly('apt-get', ['download', '-qq', packageName], folder);
  try {
    await download();
  } catch (error) {
    if (process.getuid?.() !== 0) throw error;
    await runQuietly('apt-get', ['update', '-qq'], folder); // a fresh machine or image has no package lists
    await download();
  }
  const unpacked = join(folder, 'unpacked');
  await runQuietly('sh', ['-c', `dpkg-deb -x ${packageName}_*.deb "$0"`, unpacked], folder);
  const path = ['usr/sbin', 'usr/bin'].map((place) => join(unpacked, place, program)).find(isExecutable);
  if (path === undefined) throw new Error(`the package ${packageName} holds no ${program}`);
  return path;
}

async function runQuietly(command: string, args: string[], cwd: string): Promise<void> {
  try {
    await run(command, args, { cwd, timeout: 180_000 });
  } catch (error) {
    const { stderr, message } = error as ExecFileException & { stderr?: string };
    const reason = (stderr ?? '').split('\n').find((line) => line.startsWith('E:')) ?? message.split('\n')[0];
    throw new Error(`${command} ${args[0]}: ${reason}`, { cause: error });
  }
}
