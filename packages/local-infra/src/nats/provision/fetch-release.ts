import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

export type ReleaseSource = {
  /** Without `v`. */
  readonly version: string;
  /** The folder that holds `v<version>/<files>`. */
  readonly baseUrl: string;
};

export const officialRelease: ReleaseSource = {
  version: '2.15.1',
  baseUrl: 'https://github.com/nats-io/nats-server/releases/download',
};

const architectures: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64', arm64: 'arm64', arm: 'arm7' };
const downloadTimeoutMs = 120_000;

/**
 * Downloads the official archive for this platform into `folder`, checks it against the release's SHA256SUMS and
 * unpacks it.
 *
 * @returns the path of the program.
 * @throws when there is no archive for this platform, it cannot be fetched, or its checksum differs.
 */
export async function fetchRelease(folder: string, source: ReleaseSource = officialRelease): Promise<string> {
  const architecture = architectures[process.arch];
  if (architecture === undefined) throw new Error(`there is no release for ${process.platform}-${process.arch}`);
  const name = `nats-server-v${source.version}-${process.platform}-${architecture}`;
  const archive = `${name}.tar.gz`;
  const [content, sums] = await Promise.all([fetchFile(source, archive), fetchFile(source, 'SHA256SUMS')]);

  const published = publishedChecksum(sums.toString('utf8'), archive);
  const actual = createHash('sha256').update(content).digest('hex');
  if (published !== actual)
    throw new Error(`${archive} has checksum ${actual}, the release says ${published ?? 'nothing'}`);

  const file = join(folder, archive);
  await writeFile(file, content);
  await promisify(execFile)('tar', ['-xzf', file, '-C', folder]);
  return join(folder, name, 'nats-server');
}

function publishedChecksum(sums: string, file: string): string | undefined {
  const line = sums.split('\n').find((entry) => entry.trim().endsWith(file));
  return /^[0-9a-f]{64}\b/.exec(line ?? '')?.[0];
}

async function fetchFile({ baseUrl, version }: ReleaseSource, file: string): Promise<Buffer> {
  const url = `${baseUrl}/v${version}/${file}`;
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(downloadTimeoutMs) });
  } catch (error) {
    throw new Error(`${url} cannot be reached`, { cause: error });
  }
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}
