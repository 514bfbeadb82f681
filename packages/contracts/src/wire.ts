/** What travels between the gateway and the services: requests, replies, and the headers used on the bus. */
import type { ErrorCode } from './errors.ts';

/** Who is asking. `tenant` is the account id. */
export interface Principal {
  tenant: string;
  actor: { kind: 'user'; email: string };
  plan: string;
}

/** Core-NATS request from the gateway to a service (`req.<service>.<operationId>`, `own.<pool>.<partition>`). */
export interface ServiceRequest {
  operation: string;
  requestId: string;
  /** Absent for public operations. */
  principal?: Principal;
  params: Record<string, string>;
  query: Record<string, unknown>;
  body?: unknown;
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
  traceparent: 'traceparent',
} as const;
