import type { SessionEvent } from '@wam/contracts';
import { describe, expect, it } from 'vitest';
import { instant, sessionIdOf, tenantA } from '../testing/histories.ts';
import { evolve, type SessionRow } from './projection.ts';

const sessionId = sessionIdOf(0);
const event = (type: SessionEvent['type'], data: Record<string, unknown> = {}): SessionEvent =>
  ({
    id: type,
    type,
    v: 1,
    version: 1,
    tenant: tenantA,
    at: instant(0),
    correlationId: 'c',
    causationId: 'c',
    data: { sessionId, ...data },
  }) as unknown as SessionEvent;
const fold = (...events: SessionEvent[]): SessionRow | undefined =>
  events.reduce<SessionRow | undefined>((row, e) => evolve(row, e), undefined);

const created = event('SessionCreated', { name: 'Support Bot', description: 'd', network: 'sandbox' });
const qr = event('SessionQrIssued', { expiresAt: instant(60_000) });
const connected = event('SessionConnected', { phone: '15551230001' });

describe('a session', () => {
  it('is connecting from its creation until a QR code waits, then pending', () => {
    expect(fold(created)).toMatchObject({
      name: 'Support Bot',
      status: 'connecting',
      hasQr: false,
      phone: null,
      pool: 'sandbox',
    });
    expect(fold(created, qr)).toMatchObject({ status: 'pending', hasQr: true, qrExpiresAt: instant(60_000) });
  });

  it('is connecting again between the scan and the connection, with its phone known', () => {
    const row = fold(created, qr, event('SessionPaired', { phone: '15551230001' }));
    expect(row).toMatchObject({ status: 'connecting', hasQr: false, qrExpiresAt: null, phone: '15551230001' });
  });

  it('has the name, description and metadata it was given last, and is as connected as before', () => {
    const described = event('SessionDescribed', { name: 'Sales\0', description: '', metadata: { crm: '1' } });
    expect(fold(created, connected, described)).toMatchObject({
      ...{ name: 'Sales', description: '', metadata: { crm: '1' } },
      ...{ status: 'connected', phone: '15551230001', network: 'sandbox' },
    });
  });

  it('is in the pool of its network unless its events say otherwise', () => {
    const own = event('SessionCreated', { name: 'n', description: '', network: 'sandbox', pool: 'sandbox-acme' });
    expect(fold(own)).toMatchObject({ pool: 'sandbox-acme' });
    const moved = event('SessionMoved', { from: 'sandbox', to: 'sandbox-acme' });
    expect(fold(created, connected, moved)).toMatchObject({ pool: 'sandbox-acme', status: 'connected' });
  });

  it('says why it is not connected, and forgets that once it is', () => {
    const lost = event('SessionReconnecting', { cause: 'connection-lost', attempt: 1, delayMs: 0 });
    expect(fold(created, connected, lost)).toMatchObject({ status: 'reconnecting', reason: 'connection-lost' });
    expect(fold(created, connected, lost, connected)).toMatchObject({ status: 'connected', reason: null });
    const out = event('SessionDisconnected', { cause: 'logged-out', statusCode: 401 });
    expect(fold(created, connected, out)).toMatchObject({
      status: 'disconnected',
      reason: 'logged-out',
      phone: '15551230001',
    });
    expect(fold(created, event('SessionFailed', { cause: 'banned' }))).toMatchObject({
      status: 'error',
      reason: 'banned',
    });
  });

  it('is restricted from the first word of it until it is over, with the end that was told last', () => {
    const restricted = (untilMs: number, atMs: number) => ({
      ...event('SessionRestricted', { until: instant(untilMs) }),
      at: instant(atMs),
    });
    const row = fold(created, connected, restricted(60_000, 1000), restricted(90_000, 2000));
    expect(row).toMatchObject({
      status: 'connected',
      restrictedAt: instant(1000),
      restrictedUntil: instant(90_000),
    });
    expect(evolve(row, event('SessionUnrestricted'))).toMatchObject({ restrictedAt: null, restrictedUntil: null });
    // Its end came while nobody was there to tell.
    expect(evolve(row, restricted(200_000, 100_000))).toMatchObject({ restrictedAt: instant(100_000) });
  });

  it('stays deleted whatever comes after', () => {
    expect(fold(created, event('SessionDeleted'), connected)).toMatchObject({ deleted: true, status: 'disconnected' });
  });

  it('does not come into being by anything but its creation', () => {
    expect(fold(connected, qr)).toBeUndefined();
  });

  it('is not created twice', () => {
    expect(fold(created, connected, created)).toMatchObject({ status: 'connected' });
  });
});
