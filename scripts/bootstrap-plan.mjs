// The decisions of bootstrap.mjs, without IO. Plain JavaScript of Node 20, like bootstrap.mjs itself; types are in the
// .d.mts file beside it.

/** Sources are run as TypeScript without a build; that and the crypto we use need Node 24. */
export const oldestNodeMajor = 24;

/**
 * Compares the lockfile with npm's record of what it last installed (`node_modules/.package-lock.json`).
 *
 * @param wanted package-lock.json
 * @param installed undefined when there is none, or npm was interrupted
 * @returns why `npm ci` must run; undefined when it need not
 */
export function staleDependencies(wanted, installed) {
  if (installed?.packages === undefined) return 'nothing installed yet';
  for (const [path, entry] of Object.entries(wanted?.packages ?? {})) {
    if (!path.includes('node_modules/')) continue; // the project itself and its workspaces
    const found = installed.packages[path];
    if (found === undefined) {
      if (entry.optional === true) continue; // for another platform
      return `${packageName(path)} is missing`;
    }
    if (entry.link !== true && (found.version !== entry.version || found.integrity !== entry.integrity)) {
      return `${packageName(path)} changed to ${entry.version}`;
    }
  }
  return undefined;
}

/** @param path such as `node_modules/a/node_modules/@scope/b` */
function packageName(path) {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

/** Settings of the npm that runs us which are about its own command, not about where and how to fetch packages. */
const notInherited =
  /^npm_(lifecycle_|package_|command$|execpath$|node_execpath$|config_(local_prefix|global_prefix|prefix|workspaces?|include_workspace_root|omit|include|production|only|dry_run|ignore_scripts|package_lock|package_lock_only|global|location|script_shell|node_options|user_agent|npm_version|node_gyp|init_module|yes|loglevel|silent)$)/i;

/**
 * The environment for an npm started by an npm script: without what the outer npm tells its scripts, and without the
 * node_modules that is about to be replaced.
 */
export function nestedNpmEnvironment(environment, nodeModules) {
  const kept = Object.entries(environment).filter(([name]) => !notInherited.test(name));
  return Object.fromEntries(
    kept.map(([name, value]) => [name, name === 'PATH' ? withoutFolder(value ?? '', nodeModules) : value]),
  );
}

function withoutFolder(path, folder) {
  return path
    .split(':')
    .filter((entry) => !entry.startsWith(folder))
    .join(':');
}

/** @param version such as `v24.21.0` */
export function majorVersion(version) {
  return Number(/^v?(\d+)\./.exec(version)?.[1] ?? Number.NaN);
}
