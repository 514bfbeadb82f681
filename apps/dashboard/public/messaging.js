/** Sending, and the inbox of a simulated phone. */
import { ApiError, request } from './api.js';
import { byId, element, notice, onSubmit, timeText } from './elements.js';
import { refreshStatistics } from './statistics.js';

let openNumber;

export function startMessaging() {
  onSubmit('send', send);
  onSubmit('inbox', ({ number }) => openInbox(number));
  onSubmit('reply', reply);
}

async function send({ sessionId, to, message }, form) {
  const result = byId('send-result');
  result.textContent = 'Sending.';
  try {
    const answer = await request('POST', `/api/sessions/${sessionId}/send`, { to, message });
    result.textContent = `${answer.message} (${answer.status}, ${answer.messageId})`;
    form.elements.message.value = '';
    byId('inbox-number').value = to;
    if (openNumber === to) await openInbox(to);
  } catch (error) {
    result.textContent = '';
    throw error;
  } finally {
    // A failed message counts as well. What goes wrong here is less than what the send has to tell.
    await refreshStatistics().catch(() => undefined);
  }
}

/** What the phone on the page has got since. */
export async function refreshInbox() {
  if (openNumber !== undefined) await openInbox(openNumber);
}

async function openInbox(number) {
  const list = byId('inbox-messages');
  try {
    const { messages } = await request('GET', `/sandbox/phones/${encodeURIComponent(number)}/inbox`);
    openNumber = number;
    byId('reply').hidden = false;
    list.replaceChildren(...(messages.length === 0 ? [element('li', {}, 'Nothing yet.')] : messages.map(messageItem)));
  } catch (error) {
    // An installation without the simulated network has no such phones, and no use for this part of the page.
    if (error instanceof ApiError && error.code === 'SANDBOX_DISABLED') byId('phone-section').hidden = true;
    throw error;
  }
}

const messageItem = ({ from, text, at, copies }) =>
  element(
    'li',
    {},
    element('p', { className: 'facts' }, `${from}, ${timeText(at)}${copies > 1 ? `, arrived ${copies} times` : ''}`),
    element('p', { className: 'text' }, text),
  );

async function reply({ message }, form) {
  const to = byId('send-session').selectedOptions[0]?.dataset.phone ?? '';
  if (to === '') throw new Error('Choose a connected session under "From" first.');
  await request('POST', '/sandbox/messages', { from: openNumber, to, message });
  form.reset();
  notice(`${openNumber} wrote to ${to}.`);
}
