import { stringify } from 'yaml';

/** First line of every file that is made. */
export const made = '# Made by `npm run manifests:generate` out of deploy/k8s/source.\n';

/** Without what is undefined, in maps and in lists. */
export function compact<T>(value: T): T {
  if (Array.isArray(value)) return value.filter((element) => element !== undefined).map(compact) as T;
  // What the template decides is no plain object and stays as it is.
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, element]) => element !== undefined)
      .map(([key, element]) => [key, compact(element)]),
  ) as T;
}

export const printYaml = (value: unknown): string =>
  stringify(value, { lineWidth: 0, aliasDuplicateObjects: false, version: '1.1' });

export const printObjects = (objects: readonly unknown[]): string => objects.map(printYaml).join('---\n');
