/**
 * Who may do what on the bus: one user per process type, deny by default. `packages/service-kit/src/nats/permissions.ts` turns this into
 * the permissions of nats-server. Whoever gives a service a new subject, stream or partner writes it here; `e2e/topology` runs on it.
 */
import { leaseBucket } from './engine/leases.ts';
import { type EventDomain, type ServiceName, streams } from './subjects.ts';

export type BusUserName =
  | 'gateway'
  | 'auth'
  | 'session-engine'
  | 'dispatcher'
  | 'analytics'
  | 'webhooks'
  | 'sandbox'
  | 'prepare'
  | 'operator';
type StreamName = (typeof streams)[keyof typeof streams]['name'];

export interface BusUser {
  /** The service whose requests it answers. */
  serves?: ServiceName;
  /** Services it asks; they may answer to its inboxes. */
  asks?: readonly ServiceName[];
  /** Domains whose events it writes. */
  writesEvents?: readonly EventDomain[];
  /** Domains whose events it follows live, as the copies that are not stored. */
  followsLive?: readonly EventDomain[];
  /** Other subjects it writes. */
  publishes?: readonly string[];
  /** Other subjects it listens to. */
  subscribes?: readonly string[];
  /** Streams whose settings it asks for. */
  looksAt?: readonly StreamName[];
  /** Asks how much the streams of the installation take together. */
  looksAtAccount?: true;
  /** Streams it reads. */
  reads?: readonly StreamName[];
  /** Streams of which it reads single messages. */
  looksInto?: readonly StreamName[];
  /** Streams whose messages it takes away. */
  consumes?: readonly StreamName[];
  /** Streams of which it may delete single messages. */
  deletesFrom?: readonly StreamName[];
  /** Streams it creates and changes. No user deletes or purges one. */
  manages?: readonly StreamName[];
  /** Streams it copies whole. */
  backsUp?: readonly StreamName[];
  /** Streams it makes from such a copy, where there is none of that name. */
  restores?: readonly StreamName[];
  /** Key-value buckets it creates. */
  makesBuckets?: readonly string[];
  /** Key-value buckets it reads and watches. */
  readsBuckets?: readonly string[];
  /** Key-value buckets it writes. */
  writesBuckets?: readonly string[];
  /** Its processes ask each other. */
  asksItself?: true;
  /** Finds out whether the servers have the rights of this release. */
  checksRights?: true;
}

const { commands, events, deadLetters } = streams;

export const busUsers: Readonly<Record<BusUserName, BusUser>> = {
  gateway: {
    asks: ['auth', 'engine', 'dispatcher', 'analytics', 'webhooks', 'sandbox'],
    followsLive: ['account', 'session', 'message', 'campaign', 'webhook'],
    // Commands; requests to the owner of a session; pieces of files; polls that belong to another gateway.
    publishes: ['cmd.>', 'own.>', 'upl.>', 'gw.>'],
    subscribes: ['gw.>'],
    asksItself: true,
    looksAt: [commands.name],
    reads: [events.name],
  },
  auth: { serves: 'auth', writesEvents: ['account'], reads: [events.name] },
  'session-engine': {
    serves: 'engine',
    writesEvents: ['session', 'message'],
    // Dead letters; commands and requests for a session that was moved to another pool.
    publishes: ['dlq.>', 'cmd.>', 'own.>'],
    subscribes: ['own.>'],
    asksItself: true,
    reads: [events.name],
    consumes: [commands.name],
    readsBuckets: [leaseBucket],
    writesBuckets: [leaseBucket],
  },
  dispatcher: {
    serves: 'dispatcher',
    asks: ['auth', 'analytics', 'engine'],
    writesEvents: ['campaign'],
    publishes: ['cmd.>'],
    subscribes: ['upl.dispatcher.>'],
    looksAt: [commands.name],
    reads: [events.name],
  },
  analytics: {
    serves: 'analytics',
    reads: [events.name],
    // For messages that no engine has taken over yet.
    looksInto: [commands.name, deadLetters.name],
  },
  webhooks: { serves: 'webhooks', asks: ['auth', 'analytics'], writesEvents: ['webhook'], reads: [events.name] },
  sandbox: { serves: 'sandbox' },
  prepare: {
    manages: [commands.name, events.name, deadLetters.name],
    makesBuckets: [leaseBucket],
    // A restore is a way to prepare: the queue comes back as it was sent.
    restores: [events.name, deadLetters.name],
    publishes: ['cmd.>'],
    checksRights: true,
  },
  operator: {
    asks: ['auth', 'engine', 'dispatcher', 'analytics', 'webhooks', 'sandbox', 'launcher'],
    publishes: ['cmd.>'],
    // A backup hears the commands of the moment it is taken at.
    subscribes: ['cmd.>'],
    looksAtAccount: true,
    reads: [commands.name, events.name, deadLetters.name],
    backsUp: [events.name, deadLetters.name],
    readsBuckets: [leaseBucket],
    deletesFrom: [deadLetters.name],
    checksRights: true,
  },
};
export const busUserNames = Object.keys(busUsers) as BusUserName[];

/** Each user reads replies under its own prefix: nobody reads those of others. */
export const inboxPrefixOfUser = (user: BusUserName): string => `_INBOX_${user}`;
