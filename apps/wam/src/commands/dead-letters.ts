/** `wam dlq`: commands that nobody could carry out, for a person to look at, to try again or to drop. */
import { busHeaders, parseSessionSubject, streams } from '@wam/contracts';
import { type Env, newUlid, systemClock } from '@wam/service-kit';
import {
  createPublisher,
  deleteMessage,
  type NatsConnection,
  readMessage,
  readSubject,
  type StoredMessage,
} from '@wam/service-kit/nats';
import { UserError } from '../user-error.ts';
import { dropNotice } from './dropped-letter.ts';
import { onBus } from './on-bus.ts';
import { type ReplayedCommand, readCommand, replayedCommand } from './replayed-letter.ts';

export interface DeadLetter {
  /** Number of the letter, for the other commands. */
  seq: number;
  at: string;
  type: string;
  reason: string;
  pool: string;
  tenant: string;
  sessionId: string;
}
export interface ShownLetter extends DeadLetter {
  headers: Readonly<Record<string, string>>;
  /** The command; its text when it is not JSON. */
  command: unknown;
}
/** Which letters: by number, or all of them. */
export type Chosen = readonly number[] | 'all';

const stream = streams.deadLetters.name;
const allLetters = streams.deadLetters.subjects[0];

function summaryOf({ seq, subject, data, headers, storedAt }: StoredMessage): DeadLetter {
  const { pool = '', tenant = '', sessionId = '' } = parseSessionSubject(subject) ?? {};
  const type = headers[busHeaders.type] ?? String(readCommand(data)?.type ?? 'unreadable');
  const reason = headers[busHeaders.deadReason] ?? '';
  return { seq, at: storedAt.toISOString(), type, reason, pool, tenant, sessionId };
}

/** The newest `limit`, oldest first. */
export const listDeadLetters = (env: Env, limit: number): Promise<DeadLetter[]> =>
  onBus(env, async (nats) => {
    const letters = await readSubject(nats, { stream, subject: allLetters });
    return letters.slice(-limit).map(summaryOf);
  });

export const showDeadLetter = (env: Env, seq: number): Promise<ShownLetter> =>
  onBus(env, async (nats) => {
    const letter = await find(nats, seq);
    const command = readCommand(letter.data) ?? Buffer.from(letter.data).toString('utf8');
    return { ...summaryOf(letter), headers: letter.headers, command };
  });

/** Puts letters back among the commands, each gone from the dead letters once it is stored there. Answers their numbers. */
export const replayDeadLetters = (env: Env, chosen: Chosen): Promise<number[]> =>
  forEach(env, chosen, async (nats, letter) => {
    // Not the id of the letter: it may come back, and be replayed again.
    const msgId = `replay-${letter.seq}-${newUlid()}`;
    await publishOnce(nats, { ...replayedCommand(letter, systemClock.now()), msgId });
    await deleteMessage(nats, stream, letter.seq);
  });

/** Forgets letters. Whoever sent the message of one reads that it failed; of letters about no message nobody is told. */
export const dropDeadLetters = (env: Env, chosen: Chosen): Promise<number[]> =>
  forEach(env, chosen, async (nats, letter) => {
    const notice = dropNotice(letter, systemClock.now());
    if (notice !== undefined) await publishOnce(nats, { ...notice, msgId: `drop-${letter.seq}` });
    await deleteMessage(nats, stream, letter.seq);
  });

async function publishOnce(
  nats: NatsConnection,
  { subject, data, msgId, headers }: ReplayedCommand & { msgId: string },
): Promise<void> {
  const publisher = createPublisher(nats);
  try {
    await publisher.publish(subject, data, { msgId, headers });
  } finally {
    publisher.close();
  }
}

async function find(nats: NatsConnection, seq: number): Promise<StoredMessage> {
  const letter = await readMessage(nats, stream, seq);
  if (!letter) throw new UserError(`there is no dead letter ${seq}; \`wam dlq list\` shows them`);
  return letter;
}

const forEach = (
  env: Env,
  chosen: Chosen,
  run: (nats: NatsConnection, letter: StoredMessage) => Promise<void>,
): Promise<number[]> =>
  onBus(env, async (nats) => {
    // All are found before the first is touched: a wrong number changes nothing.
    const letters =
      chosen === 'all'
        ? await readSubject(nats, { stream, subject: allLetters })
        : await Promise.all([...new Set(chosen)].map((seq) => find(nats, seq)));
    for (const letter of letters) await run(nats, letter);
    return letters.map(({ seq }) => seq);
  });

export function chosenLetters(numbers: readonly string[], all: boolean | undefined): Chosen {
  if (all) return 'all';
  if (numbers.length === 0) throw new UserError('name dead letters by their numbers, or --all');
  return numbers.map(letterNumber);
}
export function letterNumber(text: string): number {
  const seq = Number(text);
  if (!Number.isSafeInteger(seq) || seq < 1) throw new UserError(`${text} is no number of a dead letter`);
  return seq;
}

/** One line each. */
export const listText = (letters: readonly DeadLetter[]): string =>
  letters.length === 0
    ? 'No dead letters.'
    : letters
        .map(({ seq, at, type, sessionId, reason }) => `${seq}  ${at}  ${type}  session ${sessionId}  ${reason}`)
        .join('\n');
