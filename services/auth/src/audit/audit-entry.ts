/** What the audit log knows of. The names are part of the API: never rename one. */
export type AuditAction =
  | 'account.registered'
  | 'account.logged-in'
  | 'account.login-failed'
  | 'account.logged-out'
  | 'account.password-changed'
  | 'account.password-refused'
  | 'account.password-reset'
  | 'refresh-token.reused'
  | 'api-key.created'
  | 'api-key.revoked'
  | 'plan.changed'
  | 'pool.changed'
  | 'session.created'
  | 'session.deleted';

export interface AuditEntry {
  /** ULID, or the id of the event it tells about. */
  id: string;
  tenant: string;
  action: AuditAction;
  /** `user`, `key:<id>`, `operator`, or `anonymous` before anybody has proven who they are. */
  actor: string;
  /** Id of what it was done to. */
  subject: string | null;
  requestId: string;
  at: Date;
  details: Record<string, unknown>;
}
