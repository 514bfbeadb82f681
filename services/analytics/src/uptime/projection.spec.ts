import type { SessionEvent } from '@wam/contracts';
import { describe, expect, it } from 'vitest';
import { sessionKey } from '../session/table.ts';
import { instant, sessionIdOf, tenantA } from '../testing/histories.ts';
import { foldConnections } from './projection.ts';

const sessionId = sessionIdOf(0);
const connection = { tenant: tenantA, sessionId };
const event = (type: SessionEvent['type'], ms: number, data: Record<string, unknown> = {}): SessionEvent =>
  ({
    ...{ id: `${type}-${ms}`, type, v: 1, version: 1, tenant: tenantA, at: instant(ms) },
    ...{ correlationId: 'c', causationId: 'c', data: { sessionId, ...data } },
  }) as SessionEvent;
const connected = (ms: number) => event('SessionConnected', ms, { phone: '15551230001' });
const lost = (ms: number) => event('SessionReconnecting', ms, { cause: 'connection-lost', attempt: 1, delayMs: 500 });

describe('a connection', () => {
  it('lasts from SessionConnected to the event that ends it', () => {
    expect(foldConnections(new Map(), [connected(0), lost(5_000), connected(6_000)])).toEqual([
      { ...connection, connectedAt: instant(0), disconnectedAt: instant(5_000), cause: 'connection-lost' },
      { ...connection, connectedAt: instant(6_000), disconnectedAt: null, cause: null },
    ]);
  });

  it('that began in an earlier batch is ended by a later one', () => {
    const open = foldConnections(new Map(), [connected(0)]);
    const ended = foldConnections(new Map([[sessionKey(tenantA, sessionId), open[0]!]]), [event('SessionDeleted', 9)]);
    expect(ended).toEqual([{ ...connection, connectedAt: instant(0), disconnectedAt: instant(9), cause: null }]);
  });

  it('is not begun twice by a repeated SessionConnected, nor ended by a QR code', () => {
    const events = [connected(0), connected(10), event('SessionQrIssued', 20, { expiresAt: instant(60_000) })];
    expect(foldConnections(new Map(), events)).toEqual([
      { ...connection, connectedAt: instant(0), disconnectedAt: null, cause: null },
    ]);
  });

  it('never ends before it began, whatever the clocks said', () => {
    expect(foldConnections(new Map(), [connected(1_000), lost(400)])).toMatchObject([
      { connectedAt: instant(1_000), disconnectedAt: instant(1_000) },
    ]);
  });
});
