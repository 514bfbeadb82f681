/** The rights of `busUsers` in the words of nats-server. Pure, but for {@link createNkey}. */
import { nkeys } from '@nats-io/transport-node';
import { type BusUserName, busUserNames, busUsers, inboxPrefixOfUser, type ServiceName } from '@wam/contracts';
import { streamOfBucket } from './streams.ts';

export interface NatsPermissions {
  publish: string[];
  subscribe: string[];
}

/** The ordered consumers of the client also ask for themselves; a read of one message is a `MSG.GET`. */
const readingOf = (stream: string): string[] => [
  `$JS.API.STREAM.INFO.${stream}`,
  `$JS.API.STREAM.MSG.GET.${stream}`,
  `$JS.API.DIRECT.GET.${stream}`,
  `$JS.API.DIRECT.GET.${stream}.>`,
  `$JS.API.CONSUMER.CREATE.${stream}`,
  `$JS.API.CONSUMER.CREATE.${stream}.>`,
  `$JS.API.CONSUMER.INFO.${stream}.*`,
  `$JS.API.CONSUMER.DELETE.${stream}.*`,
  `$JS.API.CONSUMER.MSG.NEXT.${stream}.*`,
  `$JS.FC.${stream}.>`,
];
const consumingOf = (stream: string): string[] => [
  ...readingOf(stream),
  `$JS.API.CONSUMER.DURABLE.CREATE.${stream}.*`,
  `$JS.API.CONSUMER.LIST.${stream}`,
  `$JS.API.CONSUMER.NAMES.${stream}`,
  `$JS.ACK.${stream}.>`,
];
const managingOf = (stream: string): string[] =>
  ['INFO', 'CREATE', 'UPDATE'].map((verb) => `$JS.API.STREAM.${verb}.${stream}`);
const backingUpOf = (stream: string): string[] => [`$JS.API.STREAM.SNAPSHOT.${stream}`, `$JS.SNAPSHOT.ACK.${stream}.>`];
const restoringOf = (stream: string): string[] => [
  `$JS.API.STREAM.RESTORE.${stream}`,
  `$JS.SNAPSHOT.RESTORE.${stream}.>`,
];

const askersOf = (service: ServiceName): BusUserName[] =>
  busUserNames.filter((name) => busUsers[name].asks?.includes(service));

/** Everything else is denied. */
export function permissionsOf(name: BusUserName): NatsPermissions {
  const user = busUsers[name];
  const { serves, asks = [], publishes = [], subscribes = [], readsBuckets = [], writesBuckets = [] } = user;
  const answered = [...(serves === undefined ? [] : askersOf(serves)), ...(user.asksItself ? [name] : [])];
  return {
    publish: [
      ...asks.map((service) => `req.${service}.>`),
      ...(user.writesEvents ?? []).map((domain) => `evt.${domain}.>`),
      ...publishes,
      ...answered.map((asker) => `${inboxPrefixOfUser(asker)}.>`),
      ...(user.looksAt ?? []).map((stream) => `$JS.API.STREAM.INFO.${stream}`),
      ...(user.looksAtAccount ? ['$JS.API.INFO'] : []),
      ...(user.looksInto ?? []).map((stream) => `$JS.API.STREAM.MSG.GET.${stream}`),
      ...(user.reads ?? []).flatMap(readingOf),
      ...(user.consumes ?? []).flatMap(consumingOf),
      ...(user.deletesFrom ?? []).map((stream) => `$JS.API.STREAM.MSG.DELETE.${stream}`),
      ...(user.manages ?? []).flatMap(managingOf),
      ...(user.backsUp ?? []).flatMap(backingUpOf),
      ...(user.restores ?? []).flatMap(restoringOf),
      ...(user.makesBuckets ?? []).map(streamOfBucket).flatMap(managingOf),
      ...readsBuckets.map(streamOfBucket).flatMap(readingOf),
      ...writesBuckets.map((bucket) => `$KV.${bucket}.>`),
    ],
    subscribe: [
      `${inboxPrefixOfUser(name)}.>`,
      ...(serves === undefined ? [] : [`req.${serves}.>`]),
      ...(user.followsLive ?? []).map((domain) => `rt.evt.${domain}.>`),
      ...subscribes,
    ],
  };
}

/** How nats-server knows a user: by its public nkey, or by name and password. A password of the form `$NAME` is a variable of its environment. */
export type NatsCredential = { nkey: string } | { password: string };

/** The `authorization` part of a configuration of nats-server, to be included in it. */
export function authorizationFile(credentialOf: (user: BusUserName) => NatsCredential): string {
  const list = (subjects: readonly string[]) => `[${subjects.map((subject) => JSON.stringify(subject)).join(', ')}]`;
  const lines = busUserNames.flatMap((name) => {
    const { publish, subscribe } = permissionsOf(name);
    const credential = credentialOf(name);
    return [
      `    # ${name}`,
      '    {',
      'nkey' in credential
        ? `      nkey: ${credential.nkey}`
        : `      user: ${JSON.stringify(name)}, password: ${passwordText(credential.password)}`,
      '      permissions {',
      `        publish { allow: ${list(publish)} }`,
      `        subscribe { allow: ${list(subscribe)} }`,
      '      }',
      '    }',
    ];
  });
  return ['authorization {', '  users = [', ...lines, '  ]', '}', ''].join('\n');
}
const passwordText = (password: string): string => (/^\$[A-Z_]+$/.test(password) ? password : JSON.stringify(password));

/** The variable of nats-server's environment that holds the password of a user. */
export const passwordVariableOf = (user: BusUserName): string =>
  `$NATS_${user.replaceAll('-', '_').toUpperCase()}_PASSWORD`;

/** A new user key: the seed is for the service, the public key for the server. */
export function createNkey(): { publicKey: string; seed: string } {
  const pair = nkeys.createUser();
  return { publicKey: pair.getPublicKey(), seed: new TextDecoder().decode(pair.getSeed()) };
}
