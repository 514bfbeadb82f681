/**
 * Builds what is published: plain JavaScript with declarations, for Node 20 and browsers, without dependencies. In the repository the
 * sources are used as they are. `node packages/client/scripts/build.ts [folder]`, then `npm publish <folder>`.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = process.argv[2] ?? join(root, 'dist');
const tsc = fileURLToPath(new URL('../../../node_modules/typescript/bin/tsc', import.meta.url));

execFileSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json'), '--outDir', folder], {
  stdio: 'inherit',
});
const { name, version, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
  string,
  string
>;
const manifest = {
  name,
  version,
  description: 'Typed client of the WAMessenger API',
  license,
  type: 'module',
  engines: { node: '>=20.3' },
  exports: { '.': { types: './index.d.ts', default: './index.js' } },
  sideEffects: false,
};
writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
copyFileSync(join(root, 'README.md'), join(folder, 'README.md'));
copyFileSync(join(root, '..', '..', 'LICENSE'), join(folder, 'LICENSE'));
