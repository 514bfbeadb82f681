import { type ExecFileException, execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isExecutable } from './executable.ts';

const run = promisify(execFile);
const debianArchive = 'http://deb.debian.org/debian';
const debianKeys = '/usr/share/keyrings/debian-archive-keyring.gpg';

export interface AptProgram {
  /** Of the distribution. */
  packageName: string;
  program: string;
  /** Another release of Debian to take it from. Its lists are kept apart: nothing else is ever installed from it. */
  suite?: string;
}

/**
 * Downloads the distribution's package and unpacks it into `folder`. The package is not installed, because that would
 * also start a system service on the standard port. Needs no root where the package lists are there.
 *
 * @returns the path of the program.
 * @throws when apt does not know the package or cannot fetch it.
 */
export async function fetchFromApt(folder: string, { packageName, program, suite }: AptProgram): Promise<string> {
  const options = suite === undefined ? [] : await listsOf(suite, folder);
  const apt = (...args: string[]) => runQuietly('apt-get', ['-qq', ...options, ...args], folder);
  const download = () => apt('download', packageName);
  try {
    if (suite !== undefined) await apt('update');
    await download();
  } catch (error) {
    if (suite !== undefined || process.getuid?.() !== 0) throw error;
    await apt('update'); // a fresh machine or image has no package lists
    await download();
  }
  const unpacked = join(folder, 'unpacked');
  await runQuietly('sh', ['-c', `dpkg-deb -x ${packageName}_*.deb "$0"`, unpacked], folder);
  const path = ['usr/sbin', 'usr/bin'].map((place) => join(unpacked, place, program)).find(isExecutable);
  if (path === undefined) throw new Error(`the package ${packageName} holds no ${program}`);
  return path;
}

/** Settings of apt that let it see one release of Debian only, with lists of its own, signed as those of this machine. */
async function listsOf(suite: string, folder: string): Promise<string[]> {
  const source = join(folder, 'sources.list');
  for (const name of ['lists', 'cache']) await mkdir(join(folder, name, 'partial'), { recursive: true });
  await writeFile(source, `deb [signed-by=${debianKeys}] ${debianArchive} ${suite} main\n`);
  const settings = {
    'Dir::Etc::SourceList': source,
    'Dir::Etc::SourceParts': '-',
    'Dir::State::Lists': join(folder, 'lists'),
    'Dir::Cache': join(folder, 'cache'),
    'Acquire::Languages': 'none',
  };
  return Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
}

async function runQuietly(command: string, args: string[], cwd: string): Promise<void> {
  try {
    await run(command, args, { cwd, timeout: 180_000 });
  } catch (error) {
    const { stderr, message } = error as ExecFileException & { stderr?: string };
    const reason = (stderr ?? '').split('\n').find((line) => line.startsWith('E:')) ?? message.split('\n')[0];
    throw new Error(`${command} ${args.at(-1)}: ${reason}`, { cause: error });
  }
}
