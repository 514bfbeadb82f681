/** Ways to get a nats-server onto this machine. */
export type NatsInstaller = 'apt' | 'homebrew' | 'release';

export type NatsSituation = {
  /** `NATS_URL`: a server that runs already. */
  readonly url: string | undefined;
  /** Works, and is recent enough. */
  readonly onPath: boolean;
  /** Works, and is recent enough. */
  readonly cached: boolean;
  /** Both apt-get and dpkg-deb are there. */
  readonly hasApt: boolean;
  readonly hasHomebrew: boolean;
};

export type NatsPlan =
  | { readonly use: 'url' | 'path' | 'cache' }
  /** Try these in turn until one works. */
  | { readonly use: 'install'; readonly installers: readonly NatsInstaller[] };

/** What is there goes before what must be fetched; the system's own package goes before a download. */
export function planNats(situation: NatsSituation): NatsPlan {
  if (situation.url !== undefined && situation.url !== '') return { use: 'url' };
  if (situation.onPath) return { use: 'path' };
  if (situation.cached) return { use: 'cache' };
  const installers: NatsInstaller[] = [];
  if (situation.hasApt) installers.push('apt');
  if (situation.hasHomebrew) installers.push('homebrew');
  return { use: 'install', installers: [...installers, 'release'] };
}
