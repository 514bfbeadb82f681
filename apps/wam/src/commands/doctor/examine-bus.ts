/** What `wam doctor` looks at on the bus. */
import { leaseBucket, streams } from '@wam/contracts';
import { type BusConfig, busAccessOf } from '@wam/service-kit';
import {
  accountRoom,
  connectNats,
  countBySubject,
  hasRightsOfRelease,
  isServerBefore,
  type NatsConnection,
  oldestInCluster,
  oldestWithSyncInterval,
  type StreamCopies,
  serverVersion,
  streamCopies,
  streamOfBucket,
  streamProblems,
} from '@wam/service-kit/nats';
import { type Finding, fault, hasFaults, ok, warning } from './finding.ts';
import { judgeCopies, judgeRoom } from './judge-bus.ts';

const patienceMs = 3_000;
const allStreams = [...Object.values(streams).map(({ name }) => name), streamOfBucket(leaseBucket)];

/** @param wantedCopies by NATS_REPLICAS, if anybody said */
export async function examineBus(config: BusConfig, wantedCopies?: number): Promise<Finding[]> {
  let nats: NatsConnection;
  try {
    nats = await connectTo(config, config.NATS_URL);
  } catch (error) {
    return [unreachable(config.NATS_URL, error instanceof Error ? error.message : String(error))];
  }
  try {
    const there = [...(await rights(config)), ...(await streamFindings(nats))];
    const more = hasFaults(there) ? [] : [...(await copies(nats, wantedCopies)), ...(await room(nats))];
    return [version(nats), ...there, ...more, ...(await letters(nats))];
  } catch (error) {
    const says = error instanceof Error ? error.message : String(error);
    return [
      fault('bus', says, 'use the credentials of `operator` (wam nats credentials) and look at the log of nats-server'),
    ];
  } finally {
    await nats.close();
  }
}

const connectTo = (config: BusConfig, url: string): Promise<NatsConnection> =>
  connectNats({ ...busAccessOf(config), url, name: 'operator', firstConnectTimeoutMs: patienceMs });

function unreachable(url: string, says: string): Finding {
  if (/authorization/i.test(says))
    return fault(
      'bus',
      `${url} refuses the user: ${says}`,
      'set NATS_NKEY_SEED_FILE to operator.seed, or NATS_USER and NATS_PASSWORD',
    );
  if (/certificate|altname|self.signed/i.test(says))
    return fault(
      'bus',
      `${url}: ${says}`,
      'set NATS_CA_FILE to the authority of the servers, and name them as their certificates do',
    );
  return fault(
    'bus',
    `${url} does not answer: ${says}`,
    'start the platform (npm start), or nats-server where it runs by itself; correct NATS_URL; look at firewalls and network policies',
  );
}

function version(nats: NatsConnection): Finding {
  const about = 'bus version';
  const found = `nats-server ${serverVersion(nats)}`;
  if (nats.info?.cluster !== undefined && isServerBefore(nats, oldestInCluster))
    return fault(
      about,
      `${found} in a cluster: consumers do not catch up after a server was away, and the next loss leaves messages with nobody`,
      `use ${oldestInCluster} or newer, with \`sync_interval: always\``,
    );
  if (isServerBefore(nats, oldestWithSyncInterval))
    return warning(
      about,
      `${found} knows no sync_interval: a power cut may lose what it has acknowledged`,
      `use ${oldestWithSyncInterval} or newer with \`sync_interval: always\`, or three servers`,
    );
  return ok(about, found);
}

/** Of each server that NATS_URL names: they are reloaded one by one. One that is away is told by the copies. */
async function rights(config: BusConfig): Promise<Finding[]> {
  const servers = config.NATS_URL.split(',').map((url) => url.trim());
  const states = await Promise.all(servers.map((url) => hasRights(config, url).catch(() => undefined)));
  const lacking = servers.filter((_, index) => states[index] === false);
  if (lacking.length === 0) return [ok('bus rights', 'are what this release needs')];
  return [
    fault(
      'bus rights',
      `${lacking.join(', ')} gives users of the bus the rights of another release: something will be refused to a service`,
      'renew authorization.conf by `wam nats credentials`, and reload each server (docs/procedures/renew-bus-rights.md)',
    ),
  ];
}

async function hasRights(config: BusConfig, url: string): Promise<boolean> {
  const nats = await connectTo(config, url);
  try {
    return await hasRightsOfRelease(nats, patienceMs);
  } finally {
    await nats.close();
  }
}

async function streamFindings(nats: NatsConnection): Promise<Finding[]> {
  const problems = await streamProblems(nats, leaseBucket);
  return problems.map(({ stream, problem }) =>
    problem === undefined
      ? ok(`stream ${stream}`, 'is there, with its settings')
      : fault(`stream ${stream}`, problem, 'run `wam prepare` with the credentials of `prepare`'),
  );
}

async function copies(nats: NatsConnection, wanted: number | undefined): Promise<Finding[]> {
  const found = new Map<string, StreamCopies>();
  for (const name of allStreams) found.set(name, await streamCopies(nats, name));
  return judgeCopies(found, { isCluster: nats.info?.cluster !== undefined, wanted });
}

async function room(nats: NatsConnection): Promise<Finding[]> {
  return [judgeRoom('all streams', await accountRoom(nats), 'the bus will store nothing more')];
}

async function letters(nats: NatsConnection): Promise<Finding[]> {
  const { name, subjects } = streams.deadLetters;
  const count = await countBySubject(nats, name, subjects[0]).catch(() => undefined);
  if (count === undefined) return [];
  const total = [...count.values()].reduce((sum, each) => sum + each, 0);
  return total === 0
    ? [ok('dead letters', 'none')]
    : [
        warning(
          'dead letters',
          `${total} commands could not be carried out`,
          '`wam dlq list` shows them with their reasons',
        ),
      ];
}
