import type { DescribeSession, DisconnectCause, SessionCommand } from '@wam/contracts';
import { specifyDecider } from '@wam/event-store/testing';
import type { Static } from 'typebox';
import { describe, expect, it } from 'vitest';
import type { ConnectionFact } from './record-connection-fact.ts';
import { type SessionInput, sessionDecider } from './session-decider.ts';
import { evolve, initialSessionState, isLinked, type SessionFact } from './session-state.ts';

const sessionId = '550e8400-e29b-41d4-a716-446655440000';
const envelope = {
  id: 'c1',
  v: 1,
  tenant: '6fa1c2e4-0000-4000-8000-000000000001',
  at: '2026-01-01T00:00:00.000Z',
  correlationId: 'r1',
};
const create: Extract<SessionInput, { type: 'CreateSession' }> = {
  ...envelope,
  type: 'CreateSession',
  pool: 'sandbox',
  data: { sessionId, name: 'Support', description: '', network: 'sandbox' },
};
const connect: SessionCommand = { ...envelope, type: 'ConnectSession', data: { sessionId } };
const describeIt = (data: Omit<Static<typeof DescribeSession>, 'sessionId'>): SessionInput => ({
  ...envelope,
  type: 'DescribeSession',
  data: { sessionId, ...data },
});
const disconnect: SessionInput = { ...envelope, type: 'DisconnectSession', data: { sessionId } };
const remove: SessionCommand = { ...envelope, type: 'DeleteSession', data: { sessionId } };
const fact = (reported: ConnectionFact): SessionInput => ({
  type: 'RecordConnectionFact',
  tenant: envelope.tenant,
  data: { sessionId, fact: reported },
});
const closed = (cause: DisconnectCause, next: Extract<ConnectionFact, { kind: 'closed' }>['next']): SessionInput =>
  fact({ kind: 'closed', cause, next });

const created: SessionFact = {
  type: 'SessionCreated',
  data: { sessionId, name: 'Support', description: '', network: 'sandbox', pool: 'sandbox' },
};
const connecting: SessionFact = { type: 'SessionConnecting', data: { sessionId } };
const qrIssued: SessionFact = { type: 'SessionQrIssued', data: { sessionId, expiresAt: '2026-01-01T00:01:00.000Z' } };
const paired: SessionFact = { type: 'SessionPaired', data: { sessionId, phone: '15551230001', lid: '77' } };
const connected: SessionFact = { type: 'SessionConnected', data: { sessionId, phone: '15551230001' } };
const disconnected = (cause: DisconnectCause): SessionFact => ({
  type: 'SessionDisconnected',
  data: { sessionId, cause },
});
const deleted: SessionFact = { type: 'SessionDeleted', data: { sessionId } };
const linked = [created, qrIssued, paired, connected];

const stop = { kind: 'stop', as: 'disconnected' } as const;
const again = { kind: 'reconnect', attempt: 2, delayMs: 800 } as const;
const commands = specifyDecider(sessionDecider);
const facts = specifyDecider(sessionDecider, { repeatable: false });

describe('Creating a session', () => {
  it('starts it', () => commands.given().when(create).thenEvents(created));
  it('keeps the metadata of its customer', () => {
    const metadata = { customer: '4711' };
    commands
      .given()
      .when({ ...create, data: { ...create.data, metadata } })
      .thenEvents({ ...created, data: { ...created.data, metadata } });
  });
  it('changes nothing when the command is repeated', () =>
    commands
      .given(...linked)
      .when(create)
      .thenNothing());
  it('does not bring back a deleted session', () =>
    commands.given(created, deleted).when(create).thenRejected('SESSION_NOT_FOUND'));
});

describe('Describing a session', () => {
  const described = (data: Partial<Extract<SessionFact, { type: 'SessionDescribed' }>['data']>): SessionFact => ({
    type: 'SessionDescribed',
    data: { sessionId, name: 'Support', description: '', metadata: {}, ...data },
  });
  it('changes what is given and tells all of it', () =>
    commands
      .given(...linked)
      .when(describeIt({ name: 'Sales' }))
      .thenEvents(described({ name: 'Sales' })));
  it('replaces metadata as a whole, and keeps it where none is given', () => {
    const first = described({ metadata: { a: '1', b: '2' } });
    commands
      .given(created, first)
      .when(describeIt({ metadata: { b: '2' } }))
      .thenEvents(described({ metadata: { b: '2' } }));
    commands
      .given(created, first)
      .when(describeIt({ description: 'd' }))
      .thenEvents(described({ description: 'd', metadata: { a: '1', b: '2' } }));
  });
  it('to what it is already changes nothing', () => {
    const metadata = { a: '1' };
    commands
      .given(created, described({ metadata }))
      .when(describeIt({ name: 'Support', metadata }))
      .thenNothing();
    commands.given(created).when(describeIt({})).thenNothing();
  });
  it('leaves the connection alone', () => {
    const state = [...linked, described({ name: 'Sales' })].reduce(evolve, initialSessionState());
    expect(state).toMatchObject({ kind: 'connected', name: 'Sales', phone: '15551230001' });
  });
  it('is refused for a session that does not exist, or not any more', () => {
    commands.given().when(describeIt({})).thenRejected('SESSION_NOT_FOUND');
    commands.given(created, deleted).when(describeIt({})).thenRejected('SESSION_NOT_FOUND');
  });
});

describe('Disconnecting a session', () => {
  it('takes it offline, whether it was connected or on its way', () => {
    for (const history of [linked, [created], [created, qrIssued], [...linked, connecting]])
      commands
        .given(...history)
        .when(disconnect)
        .thenEvents(disconnected('requested'));
  });
  it('keeps its phone, so that connecting needs no QR code', () => {
    const state = [...linked, disconnected('requested')].reduce(evolve, initialSessionState());
    expect(isLinked(state)).toBe(true);
    commands
      .given(...linked, disconnected('requested'))
      .when(connect)
      .thenEvents(connecting);
  });
  it('leaves one that is offline alone, with its reason', () => {
    commands
      .given(...linked, disconnected('logged-out'))
      .when(disconnect)
      .thenNothing();
    commands
      .given(...linked, { type: 'SessionFailed', data: { sessionId, cause: 'banned' } })
      .when(disconnect)
      .thenNothing();
  });
  it('ends what its connection has to say', () => {
    for (const late of [
      fact({ kind: 'opened', phone: '15551230001' }),
      fact({ kind: 'paired', phone: '15551230001' }),
      fact({ kind: 'qr-issued', expiresAt: '2026-01-01T00:01:00.000Z' }),
      closed('connection-lost', again),
    ])
      facts
        .given(...linked, disconnected('requested'))
        .when(late)
        .thenNothing();
  });
  it('is refused for a session that does not exist, or not any more', () => {
    commands.given().when(disconnect).thenRejected('SESSION_NOT_FOUND');
    commands.given(created, deleted).when(disconnect).thenRejected('SESSION_NOT_FOUND');
  });
});

describe('Connecting a session', () => {
  it('starts a disconnected one', () =>
    commands
      .given(...linked, disconnected('replaced'))
      .when(connect)
      .thenEvents(connecting));
  it('starts one that failed', () =>
    commands
      .given(...linked, { type: 'SessionFailed', data: { sessionId, cause: 'banned' } })
      .when(connect)
      .thenEvents(connecting));
  it('leaves a connected one alone', () =>
    commands
      .given(...linked)
      .when(connect)
      .thenNothing());
  it('leaves one that waits for its scan alone', () => commands.given(created, qrIssued).when(connect).thenNothing());
  it('is refused for a session that does not exist', () =>
    commands.given().when(connect).thenRejected('SESSION_NOT_FOUND'));
  it('is refused for a deleted session', () =>
    commands.given(created, deleted).when(connect).thenRejected('SESSION_NOT_FOUND'));
});

describe('Deleting a session', () => {
  it('ends it, whatever its state', () => {
    for (const history of [[created], [created, qrIssued], [...linked, disconnected('logged-out')]]) {
      commands
        .given(...history)
        .when(remove)
        .thenEvents(deleted);
    }
  });
  it('ends its connection first, so that whoever waits for that hears of it', () => {
    commands
      .given(...linked)
      .when(remove)
      .thenEvents(disconnected('requested'), deleted);
  });
  it('changes nothing when the command is repeated', () => commands.given(created, deleted).when(remove).thenNothing());
  it('is refused for a session that does not exist', () =>
    commands.given().when(remove).thenRejected('SESSION_NOT_FOUND'));
});

describe('The connection of a session', () => {
  it('offers QR codes, one after the other', () =>
    facts
      .given(created, qrIssued)
      .when(fact({ kind: 'qr-issued', expiresAt: '2026-01-01T00:01:20.000Z' }))
      .thenEvents({
        type: 'SessionQrIssued',
        data: { sessionId, expiresAt: '2026-01-01T00:01:20.000Z' },
      }));
  it('is paired by a phone and then opens', () => {
    facts
      .given(created, qrIssued)
      .when(fact({ kind: 'paired', phone: '15551230001', lid: '77' }))
      .thenEvents(paired);
    facts
      .given(created, qrIssued, paired)
      .when(fact({ kind: 'opened', phone: '15551230001' }))
      .thenEvents(connected);
  });
  it('offers a code again, and may be paired again, when the link was lost with the engine that made it', () =>
    facts
      .given(created, qrIssued, paired, qrIssued)
      .when(fact({ kind: 'paired', phone: '15551230001', lid: '77' }))
      .thenEvents(paired));
  it('is moved when an engine of another pool has it, connected or not, and says so once', () => {
    const moved: SessionFact = { type: 'SessionMoved', data: { sessionId, from: 'sandbox', to: 'sandbox-acme' } };
    const taken = fact({ kind: 'moved', pool: 'sandbox-acme' });
    for (const history of [linked, [created, disconnected('requested')]]) {
      facts
        .given(...history)
        .when(taken)
        .thenEvents(moved);
      facts
        .given(...history, moved)
        .when(taken)
        .thenNothing();
    }
    // Of a release before there were dedicated pools.
    const { pool: _, ...earlier } = created.data as { pool?: string };
    facts
      .given({ ...created, data: earlier } as SessionFact)
      .when(fact({ kind: 'moved', pool: 'sandbox' }))
      .thenNothing();
  });
  it('is reconnecting while a new engine takes it over', () => {
    const interrupted = fact({ kind: 'interrupted' });
    facts
      .given(...linked)
      .when(interrupted)
      .thenEvents({
        type: 'SessionReconnecting',
        data: { sessionId, cause: 'shutdown', attempt: 1, delayMs: 0 },
      });
    facts.given(created, qrIssued).when(interrupted).thenNothing();
  });
  it('says nothing about the restart that pairing asks for', () =>
    facts.given(created, qrIssued, paired).when(closed('restart-required', again)).thenNothing());
  it('says nothing when only the QR codes are renewed', () =>
    facts.given(created, qrIssued).when(closed('qr-timeout', again)).thenNothing());
  it('reconnects after a loss', () =>
    facts
      .given(...linked)
      .when(closed('connection-lost', again))
      .thenEvents({
        type: 'SessionReconnecting',
        data: { sessionId, cause: 'connection-lost', attempt: 2, delayMs: 800 },
      }));
  it('is connected again without a QR code', () => {
    const lost: SessionFact = {
      type: 'SessionReconnecting',
      data: { sessionId, cause: 'connection-lost', attempt: 1, delayMs: 1 },
    };
    facts
      .given(...linked, lost)
      .when(fact({ kind: 'opened', phone: '15551230001' }))
      .thenEvents(connected);
  });
  it('ends when nobody scans', () =>
    facts.given(created, qrIssued).when(closed('qr-timeout', stop)).thenEvents(disconnected('qr-timeout')));
  it('fails for good when WhatsApp bans the number', () =>
    facts
      .given(...linked)
      .when(closed('banned', { kind: 'stop', as: 'error' }))
      .thenEvents({ type: 'SessionFailed', data: { sessionId, cause: 'banned' } }));
  it('reports one end only once', () =>
    facts
      .given(...linked, disconnected('replaced'))
      .when(closed('replaced', stop))
      .thenNothing());
  it('has nothing to report for a deleted session', () =>
    facts
      .given(created, deleted)
      .when(fact({ kind: 'opened', phone: '1' }))
      .thenNothing());
});

describe('Events of a later release', () => {
  const later = [
    { type: 'SessionShared', data: { sessionId, with: 'somebody' } },
    { ...disconnected('logged-out'), v: 2 },
  ] as SessionFact[];

  it('change nothing: the session is served as before by the release that does not know them', () => {
    facts
      .given(...linked, ...later)
      .when(fact({ kind: 'opened', phone: '15551230001' }))
      .thenNothing();
    commands
      .given(...linked, ...later)
      .when(remove)
      .thenEvents(disconnected('requested'), deleted);
  });
  it('do not bring back a deleted session', () =>
    commands
      .given(created, deleted, ...later, connected)
      .when(connect)
      .thenRejected('SESSION_NOT_FOUND'));
});

describe('A restriction by WhatsApp', () => {
  const at = '2026-01-01T00:00:00.000Z';
  const until = '2026-01-03T00:00:00.000Z';
  const restricted: SessionFact = { type: 'SessionRestricted', data: { sessionId, until } };
  const free: SessionFact = { type: 'SessionUnrestricted', data: { sessionId } };

  it('is told with its end, and again only when that changes', () => {
    facts
      .given(...linked)
      .when(fact({ kind: 'restricted', at, until }))
      .thenEvents(restricted);
    facts
      .given(...linked, restricted)
      .when(fact({ kind: 'restricted', at, until }))
      .thenNothing();
    const longer = '2026-01-05T00:00:00.000Z';
    facts
      .given(...linked, restricted)
      .when(fact({ kind: 'restricted', at, until: longer }))
      .thenEvents({ type: 'SessionRestricted', data: { sessionId, until: longer } });
  });
  it('lasts for a day when WhatsApp does not say how long, and is not prolonged by a further refusal', () => {
    const aDay = '2026-01-02T00:00:00.000Z';
    facts
      .given(...linked)
      .when(fact({ kind: 'restricted', at }))
      .thenEvents({ type: 'SessionRestricted', data: { sessionId, until: aDay } });
    facts
      .given(...linked, restricted)
      .when(fact({ kind: 'restricted', at }))
      .thenNothing();
  });
  it('ends once, by word of WhatsApp or with its time', () => {
    for (const end of [{ kind: 'unrestricted' }, { kind: 'restricted', at, until: at }] as const) {
      facts
        .given(...linked, restricted)
        .when(fact(end))
        .thenEvents(free);
      facts
        .given(...linked, restricted, free)
        .when(fact(end))
        .thenNothing();
    }
  });
  it('outlives the connection, and the link to the phone', () => {
    const state = [...linked, restricted, disconnected('logged-out')].reduce(evolve, initialSessionState());
    expect(state).toMatchObject({ kind: 'disconnected', restrictedUntil: until });
  });
});

describe('The link to a phone', () => {
  const after = (...history: SessionFact[]) => history.reduce(evolve, initialSessionState());
  it('exists from pairing on, and outlives a loss of the connection', () => {
    expect(isLinked(after(created, qrIssued))).toBe(false);
    expect(isLinked(after(...linked))).toBe(true);
    expect(isLinked(after(...linked, disconnected('replaced')))).toBe(true);
  });
  it('ends with a logout, so that connecting needs a new QR code', () =>
    expect(isLinked(after(...linked, disconnected('logged-out')))).toBe(false));
});
