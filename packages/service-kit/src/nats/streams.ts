import {
  DiscardPolicy,
  type JetStreamManager,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream';
import { type NatsConnection, nanos } from '@nats-io/transport-node';
import { streams, subjects } from '@wam/contracts';
import { isStreamNotFound } from './errors.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

export interface EnsureStreamsOptions {
  /** 1 on a laptop, 3 in production. */
  replicas?: number;
  eventsMaxAgeMs?: number;
  eventsMaxBytes?: number;
  /** Ceiling of waiting commands per session; above it the session answers busy and others are not affected. */
  commandsPerSubject?: number;
}

type WantedStream = Partial<StreamConfig> & { name: string };

/** Every option here exists in NATS 2.9.10. */
export function streamConfigs(options: EnsureStreamsOptions = {}): WantedStream[] {
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
      description: 'Commands until their session owner has carried them out',
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

async function ensureStream(jsm: JetStreamManager, wanted: WantedStream): Promise<void> {
  try {
    await jsm.streams.info(wanted.name);
  } catch (error) {
    if (!isStreamNotFound(error)) throw error;
    // Two processes may come here at once: creating with equal settings succeeds for both.
    await jsm.streams.add(wanted);
    return;
  }
  await jsm.streams.update(wanted.name, wanted);
}

/** Creates the streams of the contracts, or brings existing ones to these settings. Safe to repeat and to run concurrently. */
export async function ensureStreams(nc: NatsConnection, options: EnsureStreamsOptions = {}): Promise<void> {
  const jsm = await jetstreamManager(nc, { checkAPI: false });
  for (const wanted of streamConfigs(options)) await ensureStream(jsm, wanted);
}

export interface StreamState {
  /** When the stream was created. Another value means another log, whatever its name. */
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
    incarnation: info.created,
    firstSeq: info.state.first_seq,
    lastSeq: info.state.last_seq,
    messages: info.state.messages,
  };
}
