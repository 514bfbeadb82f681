// Run after `npm install` changed package-lock.json behind a registry that lacks some platforms' packages: npm leaves
// those out of the lockfile, and `npm ci` then refuses it. Adds an entry for each, read from its name; without a
// checksum, since there is nothing to compute one from. architecture.spec.ts tells when this is needed.

import { readFileSync, writeFileSync } from 'node:fs';
import { type Lockfile, missingFromLockfile } from './architecture-rules.ts';

const file = new URL('../package-lock.json', import.meta.url);
const systems = ['darwin', 'linux', 'win32', 'android', 'freebsd', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'aix'];
const processors = ['x64', 'arm64', 'arm', 'ia32', 'ppc64', 'riscv64', 's390x', 'loong64', 'mips64el'];

const lockfile = JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, unknown> } & Lockfile;
for (const { name, version } of missingFromLockfile(lockfile)) {
  const words = (name.split('/').at(-1) ?? '')
    .split('-')
    .map((word) => (word === 'windows' ? 'win32' : word === '64' ? 'x64' : word));
  const os = words.filter((word) => systems.includes(word));
  const cpu = words.filter((word) => processors.includes(word));
  if (os.length !== 1 || cpu.length !== 1)
    throw new Error(`${name}: its name does not tell the platform; add it by hand`);
  const musl = words.some((word) => word.startsWith('musl'));
  const gnu = words.some((word) => word.startsWith('gnu'));
  const libc = os[0] === 'linux' && (musl || gnu) ? { libc: [musl ? 'musl' : 'glibc'] } : {};
  lockfile.packages[`node_modules/${name}`] = { version, cpu, ...libc, optional: true, os };
}
writeFileSync(file, `${JSON.stringify(lockfile, null, 2)}\n`);
