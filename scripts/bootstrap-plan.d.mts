type LockedPackage = { version?: string; integrity?: string; link?: boolean; optional?: boolean };
type Lockfile = { packages?: Record<string, LockedPackage> };

export const oldestNodeMajor: number;
export function staleDependencies(wanted: Lockfile | undefined, installed: Lockfile | undefined): string | undefined;
export function nestedNpmEnvironment(
  environment: Record<string, string | undefined>,
  nodeModules: string,
): Record<string, string | undefined>;
export function majorVersion(version: string): number;
