/** Messages and what becomes of them, as the feed tells of them; the newest first. */
import { request } from './api.js';
import { byId, element } from './elements.js';
import { timeText } from './messaging.js';

const shown = 20;
const recent = 5;
const statusTexts = { sent: 'sent', delivered: 'delivered', read: 'read', failed: 'failed' };
/** Lines by message id: a message stays one line, whatever becomes of it. */
const lines = new Map();

export function clearLiveMessages() {
  lines.clear();
  byId('live-messages').replaceChildren();
  byId('live-hint').textContent = 'Nothing yet.';
}

/** @param withheld of the feed: what the plan does not bring */
export function explainLiveMessages(withheld) {
  const isWithheld = withheld?.types.includes('message.received') === true;
  const first = withheld?.firstPlan;
  byId('live-hint').textContent = isWithheld
    ? `Messages are shown here from the plan ${first ?? 'with notifications'} up; this account has ${withheld.plan}.`
    : 'Nothing yet.';
  byId('live-hint').hidden = lines.size > 0;
}

/** What was there before the page was opened: the last messages in both directions. Nothing where the feed has told of some already. */
export async function showRecentMessages() {
  if (lines.size > 0) return;
  const ways = await Promise.all(
    ['out', 'in'].map((direction) => request('GET', `/api/messages?direction=${direction}&limit=${recent}`)),
  );
  if (lines.size > 0) return;
  const messages = ways.flatMap(({ data }) => data);
  messages.sort((a, b) => Date.parse(a.timeline.acceptedAt) - Date.parse(b.timeline.acceptedAt));
  for (const { messageId, direction, to, from, text, status, timeline, received, error } of messages) {
    const line = addLine(messageId);
    const isIncoming = direction === 'in';
    line.words = text ?? '';
    line.who = isIncoming ? '' : `, to ${to}`;
    const said = isIncoming ? `${received?.fromName ?? from ?? 'Somebody'} wrote` : (statusTexts[status] ?? status);
    line.facts.textContent = `${timeText(timeline.acceptedAt)}${line.who}: ${said}`;
    line.text.textContent = error === null ? line.words : `${line.words}: ${error.message}`;
  }
}

export function showLiveMessage({ type, data, timestamp, session }) {
  const line = lines.get(data.messageId) ?? addLine(data.messageId);
  const where = session === undefined ? '' : `, ${session.name}`;
  if (type === 'message.received') {
    line.facts.textContent = `${timeText(timestamp)}${where}: ${data.name ?? data.from ?? 'Somebody'} wrote`;
    line.text.textContent = data.text ?? '';
  } else {
    line.facts.textContent = `${timeText(timestamp)}${where}${line.who}: ${statusTexts[data.status] ?? data.status}`;
    // The feed does not tell what was written; only the list that came before does.
    const words = line.words ?? data.messageId;
    line.text.textContent = data.reason === undefined ? words : `${words}: ${data.reason}`;
  }
}

function addLine(messageId) {
  const facts = element('p', { className: 'facts' });
  const text = element('p', { className: 'text' });
  const node = element('li', {}, facts, text);
  const line = { node, facts, text, who: '', words: undefined };
  lines.set(messageId, line);
  byId('live-messages').prepend(node);
  byId('live-hint').hidden = true;
  const [oldest] = lines;
  if (lines.size > shown) {
    oldest[1].node.remove();
    lines.delete(oldest[0]);
  }
  return line;
}
