import type { SessionMetadata, WebhookDeliveryStatus, WebhookDisabledReason } from '@wam/contracts';
import type { CheckpointTable } from '@wam/event-store';
import type { ColumnType, Generated } from '@wam/service-kit/postgres';

/** Tables of the Postgres schema `webhooks`. `tenant` is the account's id. */
export interface WebhooksTables extends CheckpointTable {
  webhook: {
    /** `wh_` + ULID: ordered by creation. */
    id: string;
    tenant: string;
    url: string;
    description: string;
    /** Types, or all of a kind (`message.*`). Empty: all. */
    event_types: string[];
    session_id: string | null;
    ordered: boolean;
    mode: 'live' | 'test';
    sealed_secret: Buffer;
    sealed_previous_secret: Buffer | null;
    previous_secret_until: Date | null;
    header_names: string[];
    /** JSON object of the custom headers. */
    sealed_headers: Buffer;
    /** deleted: gone for its owner; the sweep removes its deliveries, then the row. */
    status: 'active' | 'paused' | 'disabled' | 'deleted';
    disabled_reason: WebhookDisabledReason | null;
    /** Of a disabled one: before that. */
    was_paused: Generated<boolean>;
    failing_since: Date | null;
    created_at: Date;
    updated_at: Date;
    /** Grows with each change of its owner, so that who delivers notices. */
    revision: Generated<number>;
    /** The process that delivers to it, until then unless renewed. In the database's own time. */
    leased_by: string | null;
    leased_until: Date | null;
  };
  delivery: {
    webhook_id: string;
    /** `dlv_` + ULID. */
    id: string;
    tenant: string;
    /** Order of the events. */
    position: Generated<number>;
    event_id: string;
    type: string;
    session_id: string | null;
    /** Empty when it is in a page. */
    sealed_body: Buffer;
    /** Where the body is, see body-pages.ts: bytes of the page's UTF-8. */
    body_page: string | null;
    body_start: number | null;
    body_length: number | null;
    ordered: boolean;
    status: WebhookDeliveryStatus;
    /** All attempts, and those since it was last sent again: the schedule counts these. */
    attempts: Generated<number>;
    tries: Generated<number>;
    created_at: Date;
    next_attempt_at: Date | null;
    ended_at: Date | null;
    /** Of the last attempt. Null before the first, and where it was recorded in `attempt` by an earlier release. */
    attempted_at: Date | null;
    http_status: number | null;
    duration_ms: number | null;
    error: string | null;
    /** Null when the answer had no body. */
    sealed_excerpt: Buffer | null;
  };
  body_page: {
    /** ULID. */
    id: string;
    tenant: string;
    created_at: Date;
    /** Bodies of deliveries, a line each. */
    sealed_bodies: Buffer;
  };
  /** Attempts before the last one. */
  attempt: {
    webhook_id: string;
    delivery_id: string;
    number: number;
    at: Date;
    http_status: number | null;
    duration_ms: number;
    error: string | null;
    /** Null when the answer had no body. */
    sealed_excerpt: Buffer | null;
  };
  /** What payloads say of a session besides the event itself. */
  session: {
    tenant: string;
    session_id: string;
    name: string;
    network: string;
    metadata: ColumnType<SessionMetadata, string, string>;
    phone: string | null;
    lid: string | null;
  };
  outbox: {
    position: Generated<number>;
    event_id: string;
    subject: string;
    type: string;
    /** The event envelope, JSON. */
    event: string;
  };
}
export const webhooksSchema = 'webhooks';
