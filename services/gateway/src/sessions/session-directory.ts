import {
  internalRequests,
  type Network,
  networkOfPool,
  type Principal,
  type RejectionBody,
  type SessionRouteReply,
  sessionAddress,
  subjects,
} from '@wam/contracts';
import type { Requester } from '@wam/service-kit/nats';
import { LRUCache } from 'lru-cache';

/** Where a session lives on the bus: fixed, until an operator moves it to another pool. */
export interface SessionPlace {
  sessionId: string;
  network: Network;
  commandSubject: string;
  ownerSubject: string;
}

/** Finds the bus subjects of a session, for its own tenant only: another tenant's session is unknown here. */
export interface SessionDirectory {
  /** Without a question to anybody; the way of nearly every request. */
  cached(tenant: string, sessionId: string): SessionPlace | undefined;
  find(principal: Principal, sessionId: string, requestId: string): Promise<SessionPlace | RejectionBody>;
  placeOf(tenant: string, route: SessionRouteReply): SessionPlace;
  /** A session this gateway has just had created: readable here before any projection has seen it. */
  remember(tenant: string, place: SessionPlace): void;
  /** Engines of the pool `to` serve it. One that was not heard of still gets its commands: the engine they come to knows where it went. */
  moved(tenant: string, session: { sessionId: string; to: string }): void;
  /** The session is deleted, now or some time ago. Session ids are never used again. */
  forget(tenant: string, sessionId: string): void;
}

const maxSessions = 50_000;
/** For deletions whose live event was lost; the owner refuses commands for deleted sessions in any case. */
const maxAgeMs = 5 * 60_000;
const maxForgotten = 10_000;
const requestTimeoutMs = 5_000;

export function createSessionDirectory(requester: Requester, partitionCount: number): SessionDirectory {
  const places = new LRUCache<string, SessionPlace>({ max: maxSessions, ttl: maxAgeMs, ttlResolution: 1_000 });
  // A lookup that was under way when its session was deleted must not bring it back.
  const forgotten = new LRUCache<string, true>({ max: maxForgotten });
  const keyOf = (tenant: string, sessionId: string) => `${tenant}/${sessionId}`;
  function placeOf(tenant: string, { sessionId, network, pool }: SessionRouteReply): SessionPlace {
    const address = sessionAddress({ pool, tenant, sessionId }, partitionCount);
    const commandSubject = subjects.command(address);
    return { sessionId, network, commandSubject, ownerSubject: subjects.ownerRequest(pool, address.partition) };
  }
  function remember(tenant: string, place: SessionPlace): void {
    const key = keyOf(tenant, place.sessionId);
    if (!forgotten.has(key)) places.set(key, place);
  }

  return {
    cached: (tenant, sessionId) => places.get(keyOf(tenant, sessionId)),
    async find(principal, sessionId, requestId) {
      const { tenant } = principal;
      const known = places.get(keyOf(tenant, sessionId));
      if (known !== undefined) return known;
      const operation = internalRequests.sessionRoute;
      const reply = await requester.request(
        subjects.request('analytics', operation),
        { operation, requestId, principal, params: { sessionId }, query: {} },
        requestTimeoutMs,
      );
      if (!reply.ok) return reply;
      // Moved while this was asked.
      const place = places.get(keyOf(tenant, sessionId)) ?? placeOf(tenant, reply.body as SessionRouteReply);
      remember(tenant, place);
      return place;
    },
    placeOf,
    remember,
    moved(tenant, { sessionId, to }) {
      const network = networkOfPool(to);
      if (network !== undefined) remember(tenant, placeOf(tenant, { sessionId, network, pool: to }));
    },
    forget(tenant, sessionId) {
      const key = keyOf(tenant, sessionId);
      forgotten.set(key, true);
      places.delete(key);
    },
  };
}
