/** Writes everything under deploy/k8s and deploy/helm that derives from the source; with --check writes nothing and fails when a file would change. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { deployFolder, generatedFiles, staleFiles } from './generated-files.ts';

const files = generatedFiles();
const stale = staleFiles(files);
if (process.argv.includes('--check')) {
  for (const path of stale) console.error(`out of date: deploy/${path} (run npm run manifests:generate)`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  for (const path of stale) {
    const file = join(deployFolder, path);
    const text = files.get(path);
    if (text === undefined) rmSync(file);
    else {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    console.log(`${text === undefined ? 'removed' : 'wrote'} deploy/${path}`);
  }
}
