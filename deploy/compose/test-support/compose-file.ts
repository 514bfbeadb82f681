/** compose.yaml as its specifications read it. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

export interface ComposeService {
  image: string;
  command?: string[];
  environment?: Record<string, string | number>;
  secrets?: (string | { source: string; target: string })[];
  volumes?: string[];
  networks?: string[];
  depends_on?: Record<string, unknown>;
  read_only?: boolean;
  stop_grace_period?: string;
  user?: string;
  cap_drop?: string[];
}
interface ComposeFile {
  name: string;
  services: Record<string, ComposeService>;
  networks: Record<string, unknown>;
  volumes: Record<string, unknown>;
  secrets: Record<string, { file: string }>;
}

export const compose = parse(readFileSync(new URL('../compose.yaml', import.meta.url), 'utf8'), {
  merge: true,
}) as ComposeFile;
export const services = Object.entries(compose.services);
/** Containers of our image. */
export const ours = services.filter(([, { image }]) => image.startsWith('wamessenger:'));

/** What a container of ours runs: a target, `prepare`, or commands of an operator. */
export function targetOf({ command = [] }: ComposeService): string {
  const target = command.find((word) => word.startsWith('--target='))?.slice('--target='.length) ?? command[0] ?? '';
  return target === '--help' ? 'operator' : target;
}

/** Where each secret is mounted, below /run/secrets. */
export const secretsOf = ({ secrets = [] }: ComposeService): Map<string, string> =>
  new Map(
    secrets.map((secret): [string, string] =>
      typeof secret === 'string' ? [secret, secret] : [secret.source, secret.target],
    ),
  );
