/** The rights of `busUsers` in the words of nats-server. Pure, but for {@link createNkey}. */
import { createHash } from 'node:crypto';
import { nkeys } from '@nats-io/transport-node';
import {
  type BusUserName,
  busUserNames,
  busUsers,
  inboxPrefixOfUser,
  type ServiceName,
  subjects,
} from '@wam/contracts';
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
  const { publish, subscribe } = listsOf(name);
  return { publish: busUsers[name].checksRights ? [...publish, rightsSubject()] : publish, subscribe };
}

/**
 * Stands for the rights of all users of this release: whoever may publish it is on a server that has them. Nobody stores it and nobody listens. A server
 * tells nobody what others may, and before 2.10 not even what oneself may; this it says to everybody who tries.
 */
export function rightsSubject(): string {
  const rights = JSON.stringify(busUserNames.map((name) => [name, listsOf(name)]));
  return subjects.rights(createHash('sha256').update(rights).digest('hex').slice(0, 16));
}

function listsOf(name: BusUserName): NatsPermissions {
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

/** A new user key: the seed is for the service, the public key for the server. */
export function createNkey(): { publicKey: string; seed: string } {
  const pair = nkeys.createUser();
  return { publicKey: pair.getPublicKey(), seed: new TextDecoder().decode(pair.getSeed()) };
}
