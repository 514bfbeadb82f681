/** The list of sessions, with the QR code of each that waits for one. */
import { request } from './api.js';
import { confirmDelete } from './confirm.js';
import { act, byId, element, notice, onSubmit, timeText } from './elements.js';
import { qrPanel } from './qr-panel.js';

const statusTexts = {
  connecting: 'Connecting',
  pending: 'Waiting for the QR code to be scanned',
  connected: 'Connected',
  reconnecting: 'Reconnecting',
  disconnected: 'Disconnected',
  error: 'Error',
};
/** Cards on the page by session id; kept, so that a refresh does not take the focus or the QR code away. */
const cards = new Map();
let changed = () => {};
let drawnOptions = '';

export function startSessions(onChange) {
  changed = onChange;
  onSubmit('create-session', async ({ name }, form) => {
    const created = await request('POST', '/api/sessions', name === '' ? {} : { name });
    form.reset();
    notice(`Session ${created.name} created.`);
    changed();
  });
}

export function stopSessions() {
  for (const [id, card] of cards) removeCard(id, card);
}

/** A QR code that was issued now; the feed may be ahead of the list. */
export function showQrCode({ sessionId, data }) {
  cards.get(sessionId)?.qr.issued(data);
}

/** Codes may have come and gone while the feed was away. */
export function refreshQrCodes() {
  for (const { qr } of cards.values()) qr.refresh();
}

export async function refreshSessions() {
  const { sessions } = await request('GET', '/api/sessions');
  byId('no-sessions').hidden = sessions.length > 0;
  const present = new Set(sessions.map((session) => session.sessionId));
  for (const [id, card] of cards) if (!present.has(id)) removeCard(id, card);
  for (const session of sessions) {
    if (!cards.has(session.sessionId)) cards.set(session.sessionId, addCard(session));
    cards.get(session.sessionId).update(session);
  }
  drawOptions(sessions);
}

function removeCard(id, card) {
  card.qr.close();
  card.node.remove();
  cards.delete(id);
}

function addCard({ sessionId }) {
  const title = element('h3');
  const badge = element('p', { className: 'badge' });
  const facts = element('p', { className: 'facts' });
  const restriction = element('p', { className: 'badge', hidden: true });
  restriction.dataset.status = 'paused';
  const qr = qrPanel(sessionId, changed);
  const connect = element('button', { type: 'button' }, 'Connect');
  const disconnect = element('button', { type: 'button', className: 'quiet' }, 'Disconnect');
  const remove = element('button', { type: 'button', className: 'quiet' }, 'Delete');
  const id = element('code', {}, sessionId);
  const node = element(
    'li',
    {},
    title,
    badge,
    facts,
    restriction,
    id,
    qr.node,
    element('div', { className: 'row' }, connect, disconnect, remove),
  );

  connect.addEventListener('click', () => {
    void act(connect, async () => {
      await request('POST', `/api/sessions/${sessionId}/connect`);
      changed();
    });
  });
  disconnect.addEventListener('click', () => {
    void act(disconnect, async () => {
      await request('POST', `/api/sessions/${sessionId}/disconnect`);
      notice(`${title.textContent} is offline; its phone stays linked.`);
      changed();
    });
  });
  remove.addEventListener('click', () => {
    void act(remove, async () => {
      if (!(await confirmDelete('Delete this session?', goneWith(title.textContent)))) return;
      await request('DELETE', `/api/sessions/${sessionId}`);
      notice('Session deleted.');
      changed();
    });
  });
  byId('sessions').append(node);

  const update = (session) => {
    title.textContent = session.name;
    badge.textContent = statusTexts[session.status] ?? session.status;
    badge.dataset.status = session.status;
    const phone = session.phone === null ? 'no phone linked' : `phone ${session.phone}`;
    facts.textContent = `${session.network}, ${phone}, ${session.messagesSent} sent, ${session.messagesReceived} received`;
    restriction.hidden = session.restriction === null;
    restriction.textContent = restrictionText(session.restriction);
    connect.hidden = session.status !== 'disconnected' && session.status !== 'error';
    disconnect.hidden = session.status !== 'connected' && session.status !== 'reconnecting';
    disconnect.setAttribute('aria-label', `Disconnect ${session.name}`);
    remove.setAttribute('aria-label', `Delete ${session.name}`);
    connect.setAttribute('aria-label', `Connect ${session.name}`);
    qr.show(session);
  };
  return { node, update, qr };
}

const restrictionText = (restriction) =>
  restriction === null ? '' : `Until ${timeText(restriction.until)}: ${restriction.reason}.`;

const goneWith = (name) =>
  `${name} is unlinked from its phone and its keys are removed; its messages stay in the history. Linking it again needs a new QR code.`;

function drawOptions(sessions) {
  const drawn = JSON.stringify(sessions.map((s) => [s.sessionId, s.name, s.status, s.phone]));
  if (drawn === drawnOptions) return;
  drawnOptions = drawn;
  const select = byId('send-session');
  const chosen = select.value;
  select.replaceChildren(
    ...sessions.map((s) => {
      const state = s.status === 'connected' ? s.phone : (statusTexts[s.status] ?? s.status).toLowerCase();
      const option = element('option', { value: s.sessionId }, `${s.name} (${state})`);
      option.dataset.phone = s.phone ?? '';
      return option;
    }),
  );
  const lanes = byId('campaign-sessions');
  const lanesChosen = new Set([...lanes.selectedOptions].map(({ value }) => value));
  lanes.replaceChildren(
    ...sessions.map((s) => element('option', { value: s.sessionId, selected: lanesChosen.has(s.sessionId) }, s.name)),
  );
  const preferred = sessions.find((s) => s.sessionId === chosen) ?? sessions.find((s) => s.status === 'connected');
  if (preferred !== undefined) select.value = preferred.sessionId;
}
