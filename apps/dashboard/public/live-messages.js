/** Messages and what becomes of them, as the feed tells of them; the newest first. */
import { byId, element } from './elements.js';
import { timeText } from './messaging.js';

const shown = 20;
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

export function showLiveMessage({ type, data, timestamp, session }) {
  const line = lines.get(data.messageId) ?? addLine(data.messageId);
  const where = session === undefined ? '' : `, ${session.name}`;
  if (type === 'message.received') {
    line.facts.textContent = `${timeText(timestamp)}${where}: ${data.name ?? data.from ?? 'Somebody'} wrote`;
    line.text.textContent = data.text ?? '';
  } else {
    line.facts.textContent = `${timeText(timestamp)}${where}: ${statusTexts[data.status] ?? data.status}`;
    line.text.textContent = data.reason === undefined ? data.messageId : `${data.messageId}: ${data.reason}`;
  }
}

function addLine(messageId) {
  const facts = element('p', { className: 'facts' });
  const text = element('p', { className: 'text' });
  const node = element('li', {}, facts, text);
  const line = { node, facts, text };
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
