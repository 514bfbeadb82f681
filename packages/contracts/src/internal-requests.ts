/** Requests between services that are no HTTP endpoints (`req.<service>.<name>`). Same request and reply shapes as operations. */
import type { Scope } from './operation.ts';
import type { Feature } from './plans.ts';
import type { Network } from './subjects.ts';
import type { ServiceReply } from './wire.ts';

export const internalRequests = {
  /** auth: -> body {@link JwksReply} */
  jwks: 'jwks',
  /** auth: params {accountId} -> body {@link EntitlementsReply}, or ACCOUNT_NOT_FOUND. */
  entitlements: 'entitlements',
  /**
   * auth: body {hash: hex SHA-256 of the whole key}, or {tenant, keyId} of a key that is vouched for by a ticket -> body {@link VerifiedApiKey}, or
   * UNAUTHORIZED, or FEATURE_NOT_IN_PLAN after a downgrade.
   */
  verifyApiKey: 'verifyApiKey',
  /** auth: body {@link ReserveMessages} -> body {@link ReservedMessages}, or DAILY_LIMIT_REACHED with details {limit, used, resetsAt}, or ACCOUNT_NOT_FOUND. All or nothing. */
  reserveMessages: 'reserveMessages',
  /** auth: body {@link ReleaseMessages}: gives back what was reserved and not accepted. */
  releaseMessages: 'releaseMessages',
  /** auth: body {@link HoldMessages} -> body {@link HeldMessages}, or CONFLICT when a later revision came before, or ACCOUNT_NOT_FOUND. As many as there are. */
  holdMessages: 'holdMessages',
  /** auth: body {@link BeginOnce} -> body {@link BegunOnce}, or IDEMPOTENCY_KEY_REUSED. */
  beginOnce: 'beginOnce',
  /** auth: body {@link SettleOnce} -> body {@link SettledOnce}. */
  settleOnce: 'settleOnce',
  /** auth: body {@link AuthorizeSession} before a session is created -> body {@link AuthorizedSession}, or SESSION_LIMIT_REACHED. The same session may ask again. */
  authorizeSession: 'authorizeSession',
  /** auth: body {@link SetPlan} -> body {@link PlanSet}, or ACCOUNT_NOT_FOUND, or VALIDATION_FAILED. For the operator's CLI; no principal. */
  setPlan: 'setPlan',
  /** auth: body {@link SetPool} -> body {@link PoolSet}, or ACCOUNT_NOT_FOUND, or VALIDATION_FAILED. For the operator's CLI; no principal. */
  setPool: 'setPool',
  /** auth: body {@link ResetPassword} -> body {@link PasswordReset}, or ACCOUNT_NOT_FOUND. For the operator's CLI; no principal. */
  resetPassword: 'resetPassword',
  /** auth: -> body {@link SigningKeyRotation}. For the operator's CLI; no principal. */
  rotateSigningKey: 'rotateSigningKey',
  /** auth: body {email} -> body {@link AccountOfEmail}, or ACCOUNT_NOT_FOUND. For LEGACY_OPEN_ACCOUNT; no principal. */
  accountByEmail: 'accountByEmail',
  /** analytics: params {sessionId}, principal -> body {@link SessionRouteReply}, or SESSION_NOT_FOUND. Waits for the head of the log on a miss. */
  sessionRoute: 'sessionRoute',
  /** analytics: params {sessionId}, principal -> body {@link FeedSession}, or SESSION_NOT_FOUND; of deleted ones too. Waits as `sessionRoute` does. */
  sessionLabel: 'sessionLabel',
  /** analytics: principal -> body {sessionId} of the oldest connected session, or SESSION_NOT_CONNECTED. */
  defaultSession: 'defaultSession',
  /** analytics: principal -> body {@link FirstSessionReply}. What the legacy endpoints call the default session. */
  firstSession: 'firstSession',
  /** analytics: params {messageId}, principal -> body {@link SessionRouteReply} of the session of a failed message, or MESSAGE_NOT_FOUND, or MESSAGE_NOT_RESENDABLE. */
  failedMessageRoute: 'failedMessageRoute',
  /** analytics: body {@link StartRebuild} -> body {started: boolean}; false when another one is under way. For the operator's CLI; no principal. */
  startRebuild: 'startRebuild',
  /** analytics: body {projection} -> body {@link RebuildStatus}, or VALIDATION_FAILED when it was never rebuilt. For the operator's CLI; no principal. */
  rebuildStatus: 'rebuildStatus',
  /** dispatcher, engine, webhooks and analytics, each for what it keeps: body {@link EraseContact} -> body {@link ContactErased}. May be repeated. For the operator's CLI; no principal. */
  eraseContact: 'eraseContact',
  /** engine: body {@link ContactOfTenant} -> body {@link ContactAddresses}. For the operator's CLI; no principal. */
  contactAddresses: 'contactAddresses',
  /** engine: body {@link HiddenContacts} -> body {@link ShownNumbers}. */
  shownNumbers: 'shownNumbers',
  /** analytics: body {tenant} -> body {sessions: SessionRouteReply[]}, oldest first. For the operator's CLI; no principal. */
  sessionPlaces: 'sessionPlaces',
  /** the launcher of a platform on one machine: body {@link ServePool} -> body {}, once engines of that pool run. For the operator's CLI; no principal. */
  servePool: 'servePool',
  /** every engine process, each for itself: -> body {@link EngineReport}. For the operator's CLI; no principal. */
  engineReport: 'engineReport',
} as const;

export interface JwksReply {
  keys: Record<string, unknown>[];
}
/** What the gateway needs to address a session. An operator may move it to another pool (SessionMoved). */
export interface SessionRouteReply {
  sessionId: string;
  network: Network;
  pool: string;
}
export interface FirstSessionReply {
  /** The oldest session; null when there is none. */
  session: SessionRouteReply | null;
  /** Sessions the account has ever had, deleted ones included: tells one first session from the one after it. */
  sessionsEver: number;
}
export interface AccountOfEmail {
  accountId: string;
  email: string;
  plan: string;
}
/** What an account may do now; cached by gateways until an account event or a minute has passed. */
export interface EntitlementsReply {
  plan: string;
  features: readonly Feature[];
  /** For each feature the plan lacks, the name of the cheapest plan that has it, for FEATURE_NOT_IN_PLAN; null when no plan has it. */
  lacking: Readonly<Partial<Record<Feature, string | null>>>;
  sessions: number;
  messagesPerDay: number;
  webhooks: number;
  timeZone: string;
  /** Access tokens whose claim `gen` is lower are refused. A higher one is good: it is newer than this answer. */
  tokenGeneration: number;
}
export interface VerifiedApiKey {
  keyId: string;
  name: string;
  tenant: string;
  scopes: readonly Scope[];
  mode: 'live' | 'test';
}
export interface ReserveMessages {
  tenant: string;
  count: number;
  /** A request under an Idempotency-Key takes its messages once, however often it is carried out. */
  idempotencyId?: string;
}
export interface ReleaseMessages {
  tenant: string;
  count: number;
  /** From {@link ReservedMessages}, so that a release after midnight does not lower the next day. Default: today. */
  day?: string;
}
/** What a session keeps of the daily quota to send its campaigns from. */
export interface HoldMessages {
  tenant: string;
  /** The session. */
  holder: string;
  /** Grows with each request of the holder: an older one that comes late changes nothing. */
  revision: number;
  /** All messages of that day it was granted and did not give back, as it knows. What is counted beyond goes back. */
  kept?: { day: string; count: number };
  /** Wanted in addition. */
  more: number;
}
export interface HeldMessages extends ReservedMessages {
  /** In addition, of that day; fewer than wanted when the day has no more. */
  granted: number;
}
export interface ReservedMessages {
  /** Of the account, `YYYY-MM-DD`: where the messages are counted. */
  day: string;
  limit: number;
  used: number;
  /** UTC instant at which the day of the account ends. */
  resetsAt: string;
}

/** Before a request under an Idempotency-Key is carried out. */
export interface BeginOnce {
  tenant: string;
  /** Hex SHA-256 of the key. */
  keyHash: string;
  /** Hex SHA-256 of what is asked for: operation and input. */
  fingerprint: string;
  /** How long the others wait for whoever begins now; then one of them carries the request out in its place. */
  leaseMs: number;
}
export type BegunOnce =
  /** Carry it out. `attempt` counts from 1; above that, an earlier one may have had its effect already. */
  | { state: 'begun'; idempotencyId: string; attempt: number }
  /** Somebody carries it out at this moment, for at most `leaseLeftMs` more. */
  | { state: 'running'; leaseLeftMs: number }
  | { state: 'answered'; reply: ServiceReply };
/** What became of an attempt. */
export interface SettleOnce {
  tenant: string;
  idempotencyId: string;
  attempt: number;
  outcome: OnceOutcome;
  /** Reserved messages that were not accepted. */
  unusedMessages: number;
}
export type OnceOutcome =
  /** The answer for good; the first one that is kept counts. */
  | { kind: 'keep'; reply: ServiceReply }
  /** No answer: the same request may be carried out again. */
  | { kind: 'retry' }
  /** Nothing has happened and nothing will: the key is as if it had never been used. */
  | { kind: 'forget' };
/** The kept answer, if there is one: of this attempt or of another one that was faster. */
export interface SettledOnce {
  reply?: ServiceReply;
}

export interface AuthorizeSession {
  tenant: string;
  /** Of the session that is about to be created. Its place is kept for two minutes, then until SessionDeleted. */
  sessionId: string;
}
export interface AuthorizedSession {
  /** Name of the dedicated pool that the account's sessions belong to; null for the shared one. */
  pool: string | null;
}
export type SetPlan = ({ accountId: string } | { email: string }) & { plan: string };
export interface PlanSet {
  accountId: string;
  from: string;
  to: string;
}
/** `pool` is the name of a dedicated pool ({@link dedicatedPoolPattern}), or null for the shared one. */
export interface SetPool {
  accountId: string;
  pool: string | null;
}
export interface PoolSet {
  accountId: string;
  email: string;
  from: string | null;
  to: string | null;
}
export interface ResetPassword {
  email: string;
}
export interface PasswordReset {
  accountId: string;
  email: string;
  /** The new one. Only its hash is kept. */
  password: string;
}
export interface SigningKeyRotation {
  kid: string;
  /** The key is published at once and signs from here on. */
  signsFrom: string;
  /** Until then tokens of the key before it are accepted. */
  previousVerifiesUntil: string;
}

export interface StartRebuild {
  projection: string;
  /** Count the differences to the live tables instead of replacing them. */
  check: boolean;
}
export interface RebuildStatus {
  projection: string;
  check: boolean;
  state: 'running' | 'finished' | 'failed';
  /** Position in the log that the rebuilt tables have reached, of the one where the live tables are. */
  seq: number;
  targetSeq: number;
  /** Why it failed. */
  detail?: string;
  /** Of a finished check: rows per table that one side has and the other has not. */
  differences?: Record<string, { onlyLive: number; onlyRebuilt: number }>;
}
export interface ServePool {
  /** Name of a dedicated pool. */
  name: string;
}
export interface ContactOfTenant {
  tenant: string;
  /** Number, or `<lid>@lid`. */
  address: string;
}
export interface ContactAddresses {
  /** All that are known of it, the one that was asked for first. */
  addresses: string[];
}
/** Contacts that are known by their LID. */
export interface HiddenContacts {
  tenant: string;
  /** `<lid>@lid` each, at most 500. */
  addresses: string[];
}
export interface ShownNumbers {
  /** By address, those of which a session of the account was told the number. */
  numbers: Readonly<Record<string, string>>;
}
/** Of one address; who is to be forgotten may have several. */
export type EraseContact = ContactOfTenant;
/** Where a service keeps contacts: what an operator reads about it is in the CLI. */
export type ErasedFrom = 'recipients' | 'list-rows' | 'suppressions' | 'sent-messages' | 'deliveries' | 'messages';
export interface ContactErased {
  /** How many, by what they were erased from. What was erased before does not count again. */
  erased: Readonly<Partial<Record<ErasedFrom, number>>>;
  /** Left alone because they are on their way: to be erased by repeating it once they have ended. */
  underWay: number;
}
