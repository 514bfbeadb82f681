import { isDeepStrictEqual } from 'node:util';
import {
  DiscardPolicy,
  type JetStreamManager,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream';
import { type NatsConnection, nanos } from '@nats-io/transport-node';
import { defaultPartitionCount, streams, subjects } from '@wam/contracts';
import { ConfigError } from '../config.ts';
import { newUlid } from '../ids.ts';
import { isStreamNotFound } from './errors.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

export interface EnsureStreamsOptions {
  /** Copies of each: 1 on a laptop, 3 in production. Default: 1 of a new stream, otherwise as many as it has. */
  replicas?: number;
  eventsMaxAgeMs?: number;
  eventsMaxBytes?: number;
  /** Ceiling of waiting commands per session; above it the session answers busy and others are not affected. */
  commandsPerSubject?: number;
  /** Slices of the sessions of a pool. Fixed when the streams are created. Default 64. */
  partitionCount?: number;
}

type WantedStream = Partial<StreamConfig> & { name: string; description: string };

/** Every option here exists in NATS 2.9.10. */
function streamConfigs(options: EnsureStreamsOptions = {}): WantedStream[] {
  const common = {
    storage: StorageType.File,
    num_replicas: options.replicas ?? 1,
    duplicate_window: nanos(2 * MINUTE_MS),
  };
  return [
    {
      ...common,
      name: streams.commands.name,
      subjects: [...streams.commands.subjects],
      description: `Commands until their session owner has carried them out, in ${options.partitionCount ?? defaultPartitionCount} partitions`,
      retention: RetentionPolicy.Workqueue,
      discard: DiscardPolicy.New,
      max_msgs_per_subject: options.commandsPerSubject ?? 1_000,
      discard_new_per_subject: true,
      max_age: nanos(7 * DAY_MS),
    },
    {
      ...common,
      name: streams.events.name,
      subjects: [...streams.events.subjects],
      description: 'The hot event log',
      retention: RetentionPolicy.Limits,
      discard: DiscardPolicy.Old,
      max_age: nanos(options.eventsMaxAgeMs ?? 90 * DAY_MS),
      max_bytes: options.eventsMaxBytes ?? -1,
      allow_direct: true,
      deny_delete: true,
      deny_purge: true,
      republish: { src: subjects.allEvents, dest: subjects.live(subjects.allEvents) },
    },
    {
      ...common,
      name: streams.deadLetters.name,
      subjects: [...streams.deadLetters.subjects],
      description: 'Commands nobody could carry out, for a person to look at',
      retention: RetentionPolicy.Limits,
      discard: DiscardPolicy.Old,
      max_age: nanos(30 * DAY_MS),
    },
  ];
}

/**
 * Which log it is, written into the description. The server's own `created` does not do: NATS 2.9 replaces it by the time of its last start
 * when a stream is updated, and shows the new one after the next start. There is no metadata before 2.10.
 */
const incarnationMark = / \[incarnation ([^\]]+)\]$/;
const incarnationOf = ({ created, config }: StreamInfo): string =>
  incarnationMark.exec(config.description ?? '')?.[1] ?? created;

const findStream = (jsm: JetStreamManager, name: string): Promise<StreamInfo | undefined> =>
  jsm.streams.info(name).catch((error: unknown) => {
    if (isStreamNotFound(error)) return undefined;
    throw error;
  });

const partitionsMark = / in (\d+) partitions/;
/** Streams of an earlier release do not say it: there was one number. */
const partitionCountOf = ({ config }: StreamInfo): number =>
  Number(partitionsMark.exec(config.description ?? '')?.[1] ?? defaultPartitionCount);

function agreed(fixed: number, wanted: number | undefined): number {
  if (wanted === undefined || wanted === fixed) return fixed;
  const problem = `is ${wanted}, and ${fixed} since this installation first started`;
  throw new ConfigError([{ variable: 'PARTITION_COUNT', problem, expected: `${fixed}, or no such setting` }]);
}

/**
 * The number of partitions, which is in the place of every session: a fact of the installation, kept with the stream of commands.
 * @param wanted by this process' settings
 * @throws ConfigError when it is another one; JetStreamApiError 10059 when there are no streams yet ({@link isStreamNotFound})
 */
export async function agreeOnPartitionCount(nc: NatsConnection, wanted: number | undefined): Promise<number> {
  const jsm = await jetstreamManager(nc, { checkAPI: false });
  return agreed(partitionCountOf(await jsm.streams.info(streams.commands.name)), wanted);
}

export const newIncarnation = (): string => newUlid();

export const withIncarnation = (description: string, incarnation: string): string =>
  `${description.replace(incarnationMark, '')} [incarnation ${incarnation}]`;

async function ensureStream(
  jsm: JetStreamManager,
  { description, ...wanted }: WantedStream,
  replicas: number | undefined,
): Promise<void> {
  const marked = (incarnation: string) => ({ ...wanted, description: withIncarnation(description, incarnation) });
  const found = await findStream(jsm, wanted.name);
  if (found === undefined) {
    try {
      await jsm.streams.add(marked(newIncarnation()));
    } catch (error) {
      // Two processes may come here at once: the other one was first, with the same settings under another mark.
      if ((await findStream(jsm, wanted.name)) === undefined) throw error;
    }
    return;
  }
  const next = { ...marked(incarnationOf(found)), num_replicas: replicas ?? found.config.num_replicas };
  if (!hasSettings(found.config, next)) await jsm.streams.update(wanted.name, next);
}

/** The server adds settings of its own; those that are wanted have to be as wanted. */
const hasSettings = (config: StreamConfig, wanted: Partial<StreamConfig>): boolean =>
  Object.entries(wanted).every(([name, value]) => isDeepStrictEqual(config[name as keyof StreamConfig], value));

/**
 * Creates the streams of the contracts, or brings existing ones to these settings. Safe to repeat and to run concurrently.
 * @throws ConfigError when they were created for another number of partitions
 */
export async function ensureStreams(nc: NatsConnection, options: EnsureStreamsOptions = {}): Promise<void> {
  const jsm = await jetstreamManager(nc, { checkAPI: false });
  const commands = await findStream(jsm, streams.commands.name);
  const partitionCount = commands && agreed(partitionCountOf(commands), options.partitionCount);
  for (const wanted of streamConfigs(partitionCount === undefined ? options : { ...options, partitionCount }))
    await ensureStream(jsm, wanted, options.replicas);
  // Somebody else may have created it meanwhile, for another number.
  await agreeOnPartitionCount(nc, options.partitionCount);
}

/** The stream that keeps a key-value bucket. */
export const streamOfBucket = (bucket: string): string => `KV_${bucket}`;

/** So many copies of what is there. The server moves the data by itself. */
export async function setReplicas(nc: NatsConnection, stream: string, replicas: number): Promise<void> {
  const jsm = await jetstreamManager(nc, { checkAPI: false });
  const { config } = await jsm.streams.info(stream);
  if (config.num_replicas !== replicas) await jsm.streams.update(stream, { ...config, num_replicas: replicas });
}

/** What `ensureStreams` and the creation of the bucket would still have to do; the number of copies is the operator's. Changes nothing. */
export async function streamProblems(
  nc: NatsConnection,
  bucket: string,
): Promise<{ stream: string; problem: string | undefined }[]> {
  const jsm = await jetstreamManager(nc, { checkAPI: false });
  const wanted: (Partial<StreamConfig> & { name: string })[] = [...streamConfigs(), { name: streamOfBucket(bucket) }];
  return Promise.all(
    wanted.map(async ({ name, description: _, num_replicas: __, ...settings }) => {
      const found = await jsm.streams.info(name).catch((error: unknown) => {
        if (isStreamNotFound(error)) return undefined;
        throw error;
      });
      if (found === undefined) return { stream: name, problem: 'does not exist' };
      const differing = Object.entries(settings).filter(([key, value]) => !hasSettings(found.config, { [key]: value }));
      const problem = differing.map(([key]) => key).join(', ');
      return { stream: name, problem: problem === '' ? undefined : `has other settings than this release: ${problem}` };
    }),
  );
}

export interface StreamState {
  /** Given to the stream when it was created. Another value means another log, whatever its name. */
  incarnation: string;
  firstSeq: number;
  /** 0 when nothing was ever stored. */
  lastSeq: number;
  messages: number;
}

/** @throws JetStreamApiError 10059 when there is no such stream ({@link isStreamNotFound}) */
export async function streamState(nc: NatsConnection, stream: string): Promise<StreamState> {
  const jsm = await jetstreamManager(nc, { checkAPI: false });
  const info = await jsm.streams.info(stream);
  return {
    incarnation: incarnationOf(info),
    firstSeq: info.state.first_seq,
    lastSeq: info.state.last_seq,
    messages: info.state.messages,
  };
}
