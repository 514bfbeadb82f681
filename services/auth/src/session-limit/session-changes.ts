/** What the session log means for the session count and the audit log. Pure. */
import { EventEnvelope, SessionCreated, SessionDeleted, type SessionEvent } from '@wam/contracts';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import type { AuditEntry } from '../audit/audit-entry.ts';

type Relevant = Extract<SessionEvent, { type: 'SessionCreated' | 'SessionDeleted' }>;

const checks = {
  SessionCreated: Compile(Type.Object({ ...EventEnvelope.properties, data: SessionCreated })),
  SessionDeleted: Compile(Type.Object({ ...EventEnvelope.properties, data: SessionDeleted })),
};
/** Schema versions above 1 need an upcaster here first. */
const currentVersion = 1;

export interface SessionChanges {
  /** Sessions that exist at the end of the batch. */
  created: { sessionId: string; tenant: string }[];
  /** Ids of sessions that were deleted in it. */
  deleted: string[];
  audit: AuditEntry[];
  /** Of these types, but not in a shape or version this release knows. */
  skipped: number;
}

/** @param events in the order of the log */
export function sessionChanges(events: readonly { type: string; v: number }[]): SessionChanges {
  const living = new Map<string, string>();
  const deleted = new Set<string>();
  const audit: AuditEntry[] = [];
  let skipped = 0;
  for (const event of events) {
    if (event.type !== 'SessionCreated' && event.type !== 'SessionDeleted') continue;
    if (event.v !== currentVersion || !checks[event.type].Check(event)) {
      skipped += 1;
      continue;
    }
    const known = event as unknown as Relevant;
    const { sessionId } = known.data;
    if (known.type === 'SessionCreated') {
      living.set(sessionId, known.tenant);
    } else {
      living.delete(sessionId);
      deleted.add(sessionId);
    }
    audit.push(auditEntryOf(known));
  }
  const created = [...living].map(([sessionId, tenant]) => ({ sessionId, tenant }));
  return { created, deleted: [...deleted], audit, skipped };
}

/** Commands of releases that did not say who asked came from users: there were no keys. */
const auditEntryOf = (event: Relevant): AuditEntry => ({
  id: event.id,
  tenant: event.tenant,
  action: event.type === 'SessionCreated' ? 'session.created' : 'session.deleted',
  actor: event.actor ?? 'user',
  subject: event.data.sessionId,
  requestId: event.correlationId,
  at: new Date(event.at),
  details: event.type === 'SessionCreated' ? { name: event.data.name, network: event.data.network } : {},
});
