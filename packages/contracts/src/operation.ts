/**
 * An operation is one HTTP endpoint, described once. The gateway's routes, OpenAPI, the client and the docs derive from it.
 */
import type { Static, TObject, TSchema } from 'typebox';
import type { ErrorCode } from './errors/catalogue.ts';
import type { Feature } from './plans.ts';
import type { ServiceName } from './subjects.ts';

/** How the gateway carries an operation out. There is no per-route code behind it. */
export type OperationRoute =
  /** Core-NATS request to a service; its reply is the answer. */
  | { via: 'request'; service: ServiceName; timeoutMs?: number }
  /** Durable command to the owner of a session; the answer is the owner's reply, or 202 when the deadline passes first. */
  | { via: 'command'; command: string; waitMs: number; session?: SessionChoice }
  /** A body that is no JSON, handed to a service piece by piece as it comes. */
  | { via: 'upload'; service: ServiceName; contentTypes: readonly string[]; maxBytes: number; example: string }
  /** An answer that is no JSON, made by a service page by page as it is read. */
  | { via: 'download'; service: ServiceName; contentType: string }
  /** Core-NATS request to the engine process that owns the session. */
  | { via: 'owner'; timeoutMs: number; session?: SessionChoice }
  /** The event feed, which the gateway itself reads. */
  | { via: 'feed' };

/** Which session an operation is about. Whatever it is, the operation then has it as the parameter `sessionId`. */
export type SessionChoice =
  /** The one in the path (default). */
  | 'in-path'
  /** One that the operation makes. */
  | 'new'
  /** The one in the query, otherwise the oldest connected one. */
  | 'in-query-or-connected'
  /** The account's default session: its oldest one. */
  | 'default'
  /** The default session, or a new one that becomes it. */
  | 'default-or-new'
  /** The one through which the failed message `messageId` was to be sent. */
  | 'of-failed-message';

/** read: look at things; send: messages; manage: sessions, keys, settings. */
export type Scope = 'read' | 'send' | 'manage';
export const allScopes: readonly Scope[] = ['read', 'send', 'manage'];

export interface OperationDefinition {
  id: string;
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  path: `/${string}`;
  tag: string;
  summary: string;
  description?: string;
  auth: 'public' | 'account';
  /** What an API key needs for it. Required for `auth: 'account'`. */
  scope?: Scope;
  /** API keys cannot do it whatever their scopes: it needs the account's password behind it. */
  usersOnly?: boolean;
  /** Plan feature it needs; without it 403 FEATURE_NOT_IN_PLAN. */
  feature?: Feature;
  /** The documentation's examples call it without a token; only then may LEGACY_OPEN_ACCOUNT answer for whom. */
  legacy?: true;
  /** Counts against the tighter limit of logins and registrations. */
  rateLimit?: 'auth';
  /**
   * Why this POST does not take an `Idempotency-Key`. Every other POST of an account does. Whoever carries it out must then be able to do so again
   * with one effect: the ids of what it makes derive from `ServiceRequest.idempotencyId`.
   */
  noIdempotencyKey?: string;
  /** How many messages of the daily quota the body stands for. */
  quota?: 'one' | 'per-message';
  params?: TObject;
  query?: TObject;
  body?: TObject;
  responses: Partial<Record<200 | 201 | 202, TSchema>>;
  errors: readonly ErrorCode[];
  /** Executed by a test and printed in the docs. */
  example: { params?: Record<string, string>; query?: Record<string, unknown>; body?: unknown };
  route: OperationRoute;
}
export const defineOperation = <const O extends OperationDefinition>(operation: O): O => operation;

/** The scope of a key is the account, so public operations have none. */
export const takesIdempotencyKey = ({ method, auth, noIdempotencyKey }: OperationDefinition): boolean =>
  method === 'POST' && auth === 'account' && noIdempotencyKey === undefined;

type Input<S> = S extends TSchema ? Static<S> : Record<string, never>;
export type ParamsOf<O extends OperationDefinition> = Input<O['params']>;
export type QueryOf<O extends OperationDefinition> = Input<O['query']>;
export type BodyOf<O extends OperationDefinition> = Input<O['body']>;
export type AnswerOf<O extends OperationDefinition, Status extends keyof O['responses']> = Input<
  O['responses'][Status]
>;
