/** What `wam doctor` says of the keys that the log's numbers and texts are under: the log keeps those of events, whatever becomes of WAM_KEK. */
import { messageSealPurpose, streams, subjects } from '@wam/contracts';
import { configuredSealer, type Env, keyIdOf } from '@wam/service-kit';
import { type NatsConnection, nextMessage, streamState } from '@wam/service-kit/nats';
import { onBus } from '../on-bus.ts';
import type { DatabaseSettings } from './examine-database.ts';
import { type Finding, ok, warning } from './finding.ts';

const about = 'message keys';

interface SealedEvent {
  seq: number;
  storedAt: Date;
  isUnderWamKek: boolean;
}
/** The first sealed event from a sequence on, if there is one not far behind it. */
type SealedEventFrom = (seq: number) => Promise<SealedEvent | undefined>;

/** @param feedRetentionMs how far back followers may begin: for so long gateways open what is in the log */
export async function examineMessageKeys(
  env: Env,
  { WAM_KEK, WAM_OTHER_KEKS }: Pick<DatabaseSettings, 'WAM_KEK' | 'WAM_OTHER_KEKS'>,
  { feedRetentionMs, nowMs }: { feedRetentionMs: number; nowMs: number },
): Promise<Finding[]> {
  if (WAM_KEK === undefined) return [];
  const keks = { WAM_KEK, ...(WAM_OTHER_KEKS === undefined ? {} : { WAM_OTHER_KEKS }) };
  const present = configuredSealer(keks, { purposesWithOwnKey: [messageSealPurpose] }).currentKeyIds();
  try {
    return await onBus(env, async (nats) => {
      const { firstSeq, lastSeq } = await streamState(nats, streams.events.name);
      const lastOther = await lastUnderAnotherKey(sealedEventsOf(nats, present), firstSeq, lastSeq);
      return [judgeMessageKeys(lastOther, feedRetentionMs, nowMs)];
    });
  } catch (error) {
    const says = `the log cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    return [warning(about, says, 'look again in ten seconds, in which servers of the bus choose a new leader')];
  }
}

/**
 * When the last event under another key was stored. Processes change their key within minutes, so events before a moment are under the former one and
 * those behind it under the present one, and bisecting finds it in about 20 requests per million events.
 */
export async function lastUnderAnotherKey(
  from: SealedEventFrom,
  firstSeq: number,
  lastSeq: number,
): Promise<Date | undefined> {
  let last: Date | undefined;
  let [low, high] = [firstSeq, lastSeq];
  let middle = low;
  while (low <= high) {
    const found = await from(middle);
    if (found === undefined || found.seq > high || found.isUnderWamKek) {
      if (middle === firstSeq) return undefined;
      high = middle - 1;
    } else {
      last = found.storedAt;
      low = found.seq + 1;
    }
    middle = Math.floor((low + high) / 2);
  }
  return last;
}

export function judgeMessageKeys(lastOther: Date | undefined, feedRetentionMs: number, nowMs: number): Finding {
  if (lastOther === undefined) return ok(about, 'numbers and texts in the log are under WAM_KEK');
  const until = new Date(lastOther.getTime() + feedRetentionMs);
  const had = `numbers and texts in the log are under another key than the first of WAM_KEK until ${lastOther.toISOString()}`;
  return until.getTime() < nowMs
    ? ok(about, `${had}; feeds begin behind that, gateways need no former message key any more`)
    : ok(about, `${had}; gateways need its message key until ${until.toISOString()} (FEED_RETENTION)`);
}

/** Most message events carry nothing sealed: about one of four does. */
const lookedThrough = 50;
const sealedEventsOf =
  (nats: NatsConnection, present: readonly Buffer[]): SealedEventFrom =>
  async (fromSeq) => {
    let seq = fromSeq;
    for (let looked = 0; looked < lookedThrough; looked += 1) {
      const query = { fromSeq: seq, subject: subjects.eventsOfDomain('message') };
      const found = await nextMessage(nats, streams.events.name, query);
      if (found === undefined) return undefined;
      const { data } = JSON.parse(Buffer.from(found.data).toString()) as { data: { sealed?: string } };
      if (data.sealed !== undefined) {
        const keyId = keyIdOf(Buffer.from(data.sealed, 'base64'));
        return { seq: found.seq, storedAt: found.storedAt, isUnderWamKek: present.some((id) => id.equals(keyId)) };
      }
      seq = found.seq + 1;
    }
    return undefined;
  };
