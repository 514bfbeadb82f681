/** New rows of deliveries, most of them with the outcome of their first attempt. */
import { copyField, copyLines, type Kysely } from '@wam/service-kit/postgres';
import type { WebhooksTables } from '../storage/schema.ts';
import type { WebhookSeals } from '../webhook/webhook-seals.ts';
import { type BodyPlace, planPages, savePages } from './body-pages.ts';
import type { AttemptResult, NewDelivery, ToldEvent } from './delivery-table.ts';

const columns = [
  ...['tenant', 'event_id', 'type', 'session_id', 'created_at'],
  ...['sealed_body', 'body_page', 'body_start', 'body_length'],
  ...['webhook_id', 'id', 'ordered', 'status', 'attempts', 'tries', 'next_attempt_at', 'ended_at'],
  ...['attempted_at', 'http_status', 'duration_ms', 'error', 'sealed_excerpt'],
];

export interface CopyDeliveriesDeps {
  seals: WebhookSeals;
  /** Of a page. */
  newId: () => string;
  /** Of their first attempts, where they were made already. */
  outcomes: readonly (AttemptResult | undefined)[];
}

/** In the order in which they are to be sent. Those of one event are neighbours. */
export async function copyDeliveries(
  trx: Kysely<WebhooksTables>,
  deliveries: readonly NewDelivery[],
  { seals, newId, outcomes }: CopyDeliveriesDeps,
): Promise<void> {
  const youngest = deliveries.at(-1)?.event;
  if (youngest === undefined) return;
  const delivered = new Set<ToldEvent>();
  deliveries.forEach(({ event }, index) => {
    if (outcomes[index]?.status === 'delivered') delivered.add(event);
  });
  const { pages, places } = planPages([...delivered], newId);
  await savePages(trx, pages, { seals, at: youngest.createdAt });
  let last: ToldEvent | undefined;
  let ofEvent = '';
  let inRow: string | undefined;
  const lines = deliveries.map(({ event, webhookId, id, ordered }, index) => {
    if (event !== last) {
      last = event;
      ofEvent = eventFields(event);
      inRow = undefined;
    }
    const outcome = outcomes[index];
    const place = outcome?.status === 'delivered' ? places.get(event) : undefined;
    if (place === undefined) inRow ??= bodyFields(event, seals);
    const body = place === undefined ? inRow : placeFields(place);
    return `${ofEvent}\t${body}\t${webhookId}\t${id}\t${ordered ? 't' : 'f'}\t${stateFields(event, outcome)}\n`;
  });
  await copyLines(trx, { table: 'delivery', columns }, lines);
}

const nothing = '\\N';
const noBytes = '\\\\x';

const eventFields = ({ tenant, eventId, type, sessionId, createdAt }: ToldEvent): string =>
  `${tenant}\t${copyField(eventId)}\t${type}\t${copyField(sessionId)}\t${timeOf(createdAt.getTime())}`;

const placeFields = ({ pageId, start, length }: BodyPlace): string => `${noBytes}\t${pageId}\t${start}\t${length}`;

const bodyFields = ({ tenant, eventId, body }: ToldEvent, seals: WebhookSeals): string =>
  `${bytesOf(seals.sealBody(tenant, eventId, body))}\t${nothing}\t${nothing}\t${nothing}`;

function stateFields({ createdAt }: ToldEvent, outcome: AttemptResult | undefined): string {
  if (outcome === undefined)
    return `pending\t0\t0\t${timeOf(createdAt.getTime())}\t${nothing}\t${nothing}\t${nothing}\t${nothing}\t${nothing}\t${nothing}`;
  const { status, number, tries, nextAttemptAtMs, atMs, durationMs, httpStatus, error, sealedExcerpt } = outcome;
  const nextAttemptAt = nextAttemptAtMs === null ? nothing : timeOf(nextAttemptAtMs);
  const endedAt = status === 'pending' ? nothing : timeOf(atMs + durationMs);
  const excerpt = sealedExcerpt === null ? nothing : bytesOf(sealedExcerpt);
  const answer = `${copyField(httpStatus)}\t${durationMs}\t${copyField(error)}\t${excerpt}`;
  return `${status}\t${number}\t${tries}\t${nextAttemptAt}\t${endedAt}\t${timeOf(atMs)}\t${answer}`;
}

const bytesOf = (bytes: Buffer): string => `${noBytes}${bytes.toString('hex')}`;

/** Under load many fall into the same milliseconds. */
const times = new Map<number, string>();
const maxTimes = 1_000;
function timeOf(epochMs: number): string {
  const known = times.get(epochMs);
  if (known !== undefined) return known;
  if (times.size === maxTimes) times.clear();
  const text = new Date(epochMs).toISOString();
  times.set(epochMs, text);
  return text;
}
