/** The users of the bus as a part of the configuration of nats-server, written and read. Pure. */
import { type BusUserName, busUserNames } from '@wam/contracts';
import { type NatsPermissions, permissionsOf } from './permissions.ts';

/** How nats-server knows a user: by its public nkey, or by name and password. A password of the form `$NAME` is a variable of its environment. */
export type NatsCredential = { nkey: string } | { password: string };

/** A user as the file has it. */
export interface AuthorizedUser {
  /** One of `busUserNames`; in a file of another release, or one that was added to, possibly another. */
  name: string;
  /** Its line of the file: `nkey: U…`, or `user: …, password: …`. */
  credential: string;
  permissions: NatsPermissions;
}

/** The `authorization` part of a configuration of nats-server, to be included in it. */
export const authorizationFile = (credentialOf: (user: BusUserName) => NatsCredential): string =>
  printAuthorization(
    busUserNames.map((name) => ({
      name,
      credential: credentialLine(name, credentialOf(name)),
      permissions: permissionsOf(name),
    })),
  );

export function printAuthorization(users: readonly AuthorizedUser[]): string {
  const list = (subjects: readonly string[]) => `[${subjects.map((subject) => JSON.stringify(subject)).join(', ')}]`;
  const lines = users.flatMap(({ name, credential, permissions: { publish, subscribe } }) => [
    `    # ${name}`,
    '    {',
    `      ${credential}`,
    '      permissions {',
    `        publish { allow: ${list(publish)} }`,
    `        subscribe { allow: ${list(subscribe)} }`,
    '      }',
    '    }',
  ]);
  return ['authorization {', '  users = [', ...lines, '  ]', '}', ''].join('\n');
}

export const credentialLine = (name: string, credential: NatsCredential): string =>
  'nkey' in credential
    ? `nkey: ${credential.nkey}`
    : `user: ${JSON.stringify(name)}, password: ${passwordText(credential.password)}`;
const passwordText = (password: string): string => (/^\$[A-Z_]+$/.test(password) ? password : JSON.stringify(password));

/** The variable of nats-server's environment that holds the password of a user. */
export const passwordVariableOf = (user: BusUserName): string =>
  `$NATS_${user.replaceAll('-', '_').toUpperCase()}_PASSWORD`;

const userPattern = new RegExp(
  [
    String.raw`# (?<name>\S+)`,
    String.raw`\{`,
    String.raw`(?<credential>nkey: \S+|user: [^\n]+)`,
    String.raw`permissions \{`,
    String.raw`publish \{ allow: (?<publish>\[[^\n]*\]) \}`,
    String.raw`subscribe \{ allow: (?<subscribe>\[[^\n]*\]) \}`,
    String.raw`\}`,
    String.raw`\}`,
  ].join(String.raw`\s*\n\s*`),
  'g',
);
const frame = /^\s*authorization \{\s*users = \[\s*\]\s*\}\s*$/;

/** @returns undefined when there is more in it than {@link printAuthorization} writes, so that nothing of it is ever lost */
export function parseAuthorization(text: string): AuthorizedUser[] | undefined {
  if (!frame.test(text.replace(userPattern, ''))) return undefined;
  try {
    return [...text.matchAll(userPattern)].map(({ groups = {} }) => ({
      name: groups.name ?? '',
      credential: groups.credential?.trimEnd() ?? '',
      permissions: { publish: subjectsIn(groups.publish), subscribe: subjectsIn(groups.subscribe) },
    }));
  } catch {
    return undefined;
  }
}
const subjectsIn = (list = ''): string[] => JSON.parse(list) as string[];
