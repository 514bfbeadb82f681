/** What `make-secrets.sh` makes, run for real. */
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { locateClusterTool } from '@wam/local-infra';
import { parseAllDocuments } from 'yaml';

const run = promisify(execFile);
const script = fileURLToPath(new URL('../make-secrets.sh', import.meta.url));
export const dataDir = process.env.WAM_DATA_DIR ?? fileURLToPath(new URL('../../../.wam', import.meta.url));
export const kubectl = locateClusterTool('kubectl', dataDir);

interface SecretObject {
  metadata: { name: string };
  data: Record<string, string>;
}
export interface MadeSecrets {
  /** Text of a file in the folder. */
  fileOf(name: string): string;
  /** Keys of each Secret. */
  keysOf: ReadonlyMap<string, readonly string[]>;
  /** Value of a key of a Secret. */
  valueOf(secret: string, key: string): string;
  /** Writes the keys of a Secret as files, as a pod sees it mounted. @returns the folder */
  mount(secret: string): string;
}

export async function makeSecrets(folder: string, env: Record<string, string> = {}): Promise<MadeSecrets> {
  const PATH = [dirname(process.execPath), dirname(kubectl ?? '/usr/bin/kubectl'), process.env.PATH].join(delimiter);
  await run(script, [folder], { env: { ...process.env, ...env, PATH } });
  const fileOf = (name: string): string => readFileSync(join(folder, name), 'utf8');
  const documents = parseAllDocuments(fileOf('secrets.yaml')).map((document) => document.toJS() as SecretObject | null);
  const secrets = new Map(
    documents.filter((object) => object !== null).map(({ metadata, data }) => [metadata.name, data]),
  );
  return {
    fileOf,
    keysOf: new Map([...secrets].map(([name, data]) => [name, Object.keys(data)])),
    valueOf: (secret, key) => Buffer.from(secrets.get(secret)?.[key] ?? '', 'base64').toString(),
    mount(secret) {
      const path = join(folder, 'mounted', secret);
      mkdirSync(path, { recursive: true });
      for (const [key, value] of Object.entries(secrets.get(secret) ?? {}))
        writeFileSync(join(path, key), Buffer.from(value, 'base64'));
      return path;
    },
  };
}
