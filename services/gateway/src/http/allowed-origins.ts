import type { IncomingHttpHeaders } from 'node:http';

/** Which pages may use the API. Over REST a browser enforces it by what `show-origins.ts` says, sockets are refused. See ADR 24. */
export interface AllowedOrigins {
  /** Whether pages of this origin may read answers. The gateway's own are not asked for here: browsers do not ask for them. */
  allows(origin: string): boolean;
  /** Whether a socket may be opened. A request without `Origin` comes from no page. */
  admits(headers: Pick<IncomingHttpHeaders, 'origin' | 'host'>): boolean;
}
export interface AllowedOriginsOptions {
  mode: string;
  /** An origin of the gateway itself, where a proxy hides it from the `Host` header. */
  publicUrl: string | undefined;
}

/** Development servers and the like. A page of `null` is any: a file, but also a sandboxed frame of a stranger. */
const ofThisMachine = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

/**
 * Pure.
 * @param setting `*`, `none`, or origins such as `https://app.example.com` with commas between; undefined for what suits the mode
 */
export function allowedOrigins(
  setting: string | undefined,
  { mode, publicUrl }: AllowedOriginsOptions,
): AllowedOrigins {
  const allows = rule(setting ?? (mode === 'production' ? 'none' : undefined));
  const own = publicUrl === undefined ? undefined : new URL(publicUrl).origin;
  return {
    allows,
    admits: ({ origin, host }) => origin === undefined || origin === own || isAt(origin, host) || allows(origin),
  };
}

function rule(setting: string | undefined): (origin: string) => boolean {
  if (setting === undefined) return (origin) => ofThisMachine.test(origin);
  if (setting === '*') return () => true;
  if (setting === 'none') return () => false;
  // As browsers write it: in lower case, without the port that is the scheme's own.
  const list = new Set(setting.split(',').map((origin) => new URL(origin.trim()).origin));
  return (origin) => list.has(origin);
}

/** Scheme aside: whoever ends TLS in front of the gateway speaks http to it. */
const isAt = (origin: string, host: string | undefined): boolean =>
  host !== undefined && origin.replace(/^https?:\/\//, '') === host;
