/** The folders that programs are looked for in. */
export function searchPath(): string {
  return process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin';
}

/** The environment of a server process: it needs none of our settings, and some of those are secrets. */
export function serverEnvironment(): Record<string, string> {
  return { PATH: searchPath(), LC_ALL: 'C', TZ: 'UTC' };
}
