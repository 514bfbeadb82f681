/** Messages and what becomes of them, as the feed tells of them; the newest first. */
import { request } from './api.js';
import { byId, element, timeText } from './elements.js';

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
  const ways = await Promise.all(['out', 'in'].map((direction) => readMessages(direction, recent)));
  if (lines.size > 0) return;
  const messages = ways.flat();
  messages.sort((a, b) => Date.parse(a.timeline.acceptedAt) - Date.parse(b.timeline.acceptedAt));
  for (const { messageId, direction, to, from, text, status, timeline, received, error } of messages) {
    const isIncoming = direction === 'in';
    const said = isIncoming ? wrote(received?.fromName ?? from) : (statusTexts[status] ?? status);
    const who = isIncoming ? '' : `, to ${to}`;
    draw(messageId, { at: timeline.acceptedAt, who, said, words: text ?? '', reason: error?.message });
  }
}

/** The feed tells what became of a message, not what it says: read at once for all lines that lack it. */
export async function readWhatWasSent() {
  if ([...lines.values()].every(({ words }) => words !== undefined)) return;
  for (const { messageId, to, text } of await readMessages('out', shown))
    if (lines.has(messageId)) draw(messageId, { who: `, to ${to}`, words: text ?? '' });
}

export function showLiveMessage({ type, data, timestamp, session }) {
  const seen = { at: timestamp, where: session === undefined ? '' : `, ${session.name}` };
  if (type === 'message.received')
    draw(data.messageId, { ...seen, said: wrote(data.name ?? data.from), words: data.text ?? '' });
  else draw(data.messageId, { ...seen, said: statusTexts[data.status] ?? data.status, reason: data.reason });
}

const wrote = (name) => `${name ?? 'Somebody'} wrote`;
const readMessages = async (direction, limit) =>
  (await request('GET', `/api/messages?direction=${direction}&limit=${limit}`)).data;

/** @param news what is known of the message besides what its line says already */
function draw(messageId, news) {
  const line = lines.get(messageId) ?? addLine(messageId);
  Object.assign(line, news);
  const { at, where, who, said, words = messageId, reason } = line;
  line.facts.textContent = `${timeText(at)}${where}${who}: ${said}`;
  line.text.textContent = reason === undefined ? words : `${words}: ${reason}`;
}

function addLine(messageId) {
  const facts = element('p', { className: 'facts' });
  const text = element('p', { className: 'text' });
  const node = element('li', {}, facts, text);
  const line = { node, facts, text, where: '', who: '' };
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
