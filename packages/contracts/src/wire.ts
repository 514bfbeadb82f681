/** What travels between the gateway and the services: requests, replies, and the headers used on the bus. */
import type { ErrorCode } from './errors/catalogue.ts';
import { allScopes, type Scope } from './operation.ts';

/** Who is asking. `tenant` is the account id. */
export interface Principal {
  tenant: string;
  actor: Actor;
  plan: string;
  /** What the caller may do; a logged-in user may do everything. */
  scopes: readonly Scope[];
  /** `test`: an API key that reaches sandbox sessions only. */
  mode: 'live' | 'test';
}
export type Actor = { kind: 'user'; email: string } | { kind: 'apiKey'; keyId: string; name: string };

/** Somebody logged in: may do everything the plan includes. */
export const userPrincipal = (tenant: string, email: string, plan: string): Principal => ({
  tenant,
  actor: { kind: 'user', email },
  plan,
  scopes: allScopes,
  mode: 'live',
});

/** How an actor is named in envelopes and the audit log: no e-mail, since events are not erased. */
export const actorName = (actor: Actor): string => (actor.kind === 'user' ? 'user' : `key:${actor.keyId}`);

/** Core-NATS request from the gateway to a service (`req.<service>.<operationId>`, `own.<pool>.<partition>`). */
export interface ServiceRequest {
  operation: string;
  requestId: string;
  /** Absent for public operations. */
  principal?: Principal;
  /** Of the access token it came with, absent with an API key: what makes another credential looks whether the token still stands. */
  generation?: number | undefined;
  params: Record<string, string>;
  query: Record<string, unknown>;
  body?: unknown;
  /**
   * A ULID, the same each time the request is carried out under its Idempotency-Key. Ids of what it creates derive from it, so that
   * carrying it out again after a crash is one effect.
   */
  idempotencyId?: string;
}

export interface RejectionBody {
  code: ErrorCode;
  /** Replaces the catalogue's message where the case says more. */
  message?: string;
  /** The request field at fault, as a path such as `to` or `contacts.3`. */
  param?: string;
  details?: Record<string, unknown>;
}
export type ServiceReply =
  | { ok: true; status: number; body: unknown; headers?: Record<string, string> }
  | ({ ok: false } & RejectionBody);

export const busHeaders = {
  /** Where the engine answers a command after its event is stored; a hint, never the truth. */
  replyInbox: 'Wam-Reply-Inbox',
  /** Type of the event or command, so that consumers can skip without parsing. */
  type: 'Wam-Type',
  /** Of a dead letter: why it is one, and where it was in the stream of commands. */
  deadReason: 'Wam-Dead-Reason',
  deadSequence: 'Wam-Dead-Sequence',
  /** Network of the session an event is about. Without it, it is not shown to test keys. */
  network: 'Wam-Network',
} as const;
