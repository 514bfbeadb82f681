/** The folds of all projections over one batch, read-modify-write, in the caller's transaction. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CampaignEvent, MessageEvent, SessionEvent } from '@wam/contracts';
import type { Transaction } from '@wam/service-kit/postgres';
import { countPerCampaign } from '../campaign/messages-projection.ts';
import { addToCampaigns } from '../campaign/messages-table.ts';
import { type CampaignRow, evolve as evolveCampaign } from '../campaign/projection.ts';
import { campaignKey, loadCampaigns, saveCampaigns } from '../campaign/table.ts';
import { countTransitions, totalPerSession } from '../counters/projection.ts';
import { addToCounters } from '../counters/table.ts';
import type { AnalyticsTables } from '../database.ts';
import { latencyTransitions } from '../latency/projection.ts';
import { addToLatencies } from '../latency/table.ts';
import { evolve as evolveMessage, type MessageRow, type OpenSealed } from '../message/projection.ts';
import { loadMessages, messageKey, saveMessages } from '../message/table.ts';
import { type ProjectionName, projectionNames } from '../rebuilding/projections.ts';
import { evolve as evolveSession, type SessionRow } from '../session/projection.ts';
import { loadSessions, saveSessions, sessionKey } from '../session/table.ts';
import { foldConnections } from '../uptime/projection.ts';
import { loadOpenConnections, saveConnections } from '../uptime/table.ts';
import type { KnownEvents } from './known-events.ts';

/** About two milliseconds of work. */
const eventsPerTurn = 256;

type Database = Transaction<AnalyticsTables>;

export async function projectBatch(
  trx: Database,
  events: KnownEvents,
  open: OpenSealed,
  projections: readonly ProjectionName[] = projectionNames,
): Promise<void> {
  if (events.message.length > 0 && projections.includes('messages')) await projectMessages(trx, events.message, open);
  if (events.session.length > 0 && projections.includes('sessions')) await projectSessions(trx, events.session);
  if (events.campaign.length > 0 && projections.includes('campaigns')) await projectCampaigns(trx, events.campaign);
}

async function projectMessages(trx: Database, events: readonly MessageEvent[], open: OpenSealed): Promise<void> {
  const before = await loadMessages(trx, [...new Set(events.map((event) => event.data.messageId))]);
  const after = new Map<string, MessageRow>();
  for (const [index, event] of events.entries()) {
    const key = messageKey(event.tenant, event.data.messageId);
    after.set(key, evolveMessage(after.get(key) ?? before.get(key), event, open));
    // The archive of the same batch is on its way to the server, in more pieces than the socket takes at once.
    if (index % eventsPerTurn === eventsPerTurn - 1) await nextTurn();
  }
  const changes = [...after].map(([key, row]) => ({ before: before.get(key), after: row }));
  const deltas = countTransitions(changes);
  await Promise.all([
    saveMessages(trx, {
      added: changes.filter(({ before: known }) => known === undefined).map(({ after: row }) => row),
      changed: changes.filter(({ before: known }) => known !== undefined).map(({ after: row }) => row),
    }),
    addToCounters(trx, deltas, totalPerSession(deltas)),
    addToLatencies(trx, latencyTransitions(changes)),
    addToCampaigns(trx, countPerCampaign(changes)),
  ]);
}

async function projectSessions(trx: Database, events: readonly SessionEvent[]): Promise<void> {
  const wanted = new Map(
    events.map(({ tenant, data: { sessionId } }) => [sessionKey(tenant, sessionId), { tenant, sessionId }]),
  );
  const sessions: Map<string, SessionRow | undefined> = await loadSessions(trx, [...wanted.values()]);
  for (const event of events) {
    const key = sessionKey(event.tenant, event.data.sessionId);
    sessions.set(key, evolveSession(sessions.get(key), event));
  }
  await saveSessions(
    trx,
    [...sessions.values()].filter((session) => session !== undefined),
  );
  const open = await loadOpenConnections(trx, [...wanted.values()]);
  await saveConnections(trx, foldConnections(open, events));
}

async function projectCampaigns(trx: Database, events: readonly CampaignEvent[]): Promise<void> {
  const wanted = new Map(
    events.map(({ tenant, data: { campaignId } }) => [campaignKey(tenant, campaignId), { tenant, campaignId }]),
  );
  const campaigns: Map<string, CampaignRow> = await loadCampaigns(trx, [...wanted.values()]);
  for (const event of events) {
    const key = campaignKey(event.tenant, event.data.campaignId);
    campaigns.set(key, evolveCampaign(campaigns.get(key), event));
  }
  await saveCampaigns(trx, [...campaigns.values()]);
}
