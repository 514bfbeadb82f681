import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { monitoringFiles } from './monitoring/files.ts';
import { chartFiles } from './render/chart.ts';
import { kustomizeFiles } from './render/kustomize.ts';

export const deployFolder = fileURLToPath(new URL('../..', import.meta.url));
const { version } = JSON.parse(readFileSync(join(deployFolder, '../package.json'), 'utf8')) as { version: string };

/** Text of every generated file by its path under `deploy`. */
export function generatedFiles(): Map<string, string> {
  return new Map([
    ...[...kustomizeFiles()].map(([path, text]) => [`k8s/${path}`, text] as const),
    ...[...monitoringFiles()].map(([path, text]) => [`monitoring/${path}`, text] as const),
    ...[...chartFiles(version)].map(([path, text]) => [`helm/wamessenger/${path}`, text] as const),
  ]);
}

/** Paths of files that differ from what they should be, or should not be there. */
export function staleFiles(files: ReadonlyMap<string, string>): string[] {
  const present = globSync(
    [
      'k8s/{base,components,overlays}/**/*.yaml',
      'helm/wamessenger/**/*.{yaml,json,md}',
      'monitoring/{rules.yaml,dashboards/*.json}',
    ],
    {
      cwd: deployFolder,
    },
  );
  const isSame = (path: string, text: string) =>
    present.includes(path) && readFileSync(join(deployFolder, path), 'utf8') === text;
  return [
    ...[...files].filter(([path, text]) => !isSame(path, text)).map(([path]) => path),
    ...present.filter((path) => !files.has(path)),
  ];
}
