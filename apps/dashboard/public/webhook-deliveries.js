/** The log of deliveries to one webhook: what was sent, each attempt, and sending again. */
import { request } from './api.js';
import { act, byId, element, notice, timeText } from './elements.js';

const statusTexts = { pending: 'Waiting', delivered: 'Delivered', failed: 'Failed' };
const badgeOf = { pending: 'pending', delivered: 'connected', failed: 'error' };
let shown;
let looks = 0;
let answered = 0;

export function startLog() {
  byId('log-status').addEventListener(
    'change',
    () => void refreshLog().catch((error) => notice(error.message, 'error')),
  );
  const more = byId('log-more');
  more.addEventListener('click', () => void act(more, () => showPage(shown.cursor)));
}

export async function openLog(webhookId, name) {
  shown = { webhookId, cursor: undefined };
  byId('log-of').textContent = name;
  byId('log-section').hidden = false;
  byId('log').replaceChildren();
  await refreshLog();
  byId('log-section').focus();
}

export const refreshLog = () => showPage();

/** Looks may overlap: what an earlier one began is not shown any more once a later one was answered. */
async function showPage(cursor) {
  const look = ++looks;
  const { webhookId } = shown;
  const status = byId('log-status').value;
  const query = new URLSearchParams({ ...(status && { status }), ...(cursor && { cursor }) });
  const { data, nextCursor } = await request('GET', `/api/webhooks/${webhookId}/deliveries?${query}`);
  if (look < answered) return;
  answered = look;
  shown.cursor = nextCursor;
  byId('log-more').hidden = nextCursor === null;
  const entries = data.map((delivery) => entry(webhookId, delivery));
  if (cursor === undefined) byId('log').replaceChildren(...entries);
  else byId('log').append(...entries);
  byId('log-empty').hidden = byId('log').children.length > 0;
}

function entry(webhookId, delivery) {
  const { deliveryId, type, status, attempts, createdAt, nextAttemptAt, httpStatus, durationMs, error } = delivery;
  const path = `/api/webhooks/${webhookId}/deliveries/${deliveryId}`;
  const badge = element('p', { className: 'badge' }, `${statusTexts[status]}: ${type}`);
  badge.dataset.status = badgeOf[status];
  const answer = httpStatus === null ? (error ?? 'not attempted yet') : `${httpStatus} in ${durationMs} ms`;
  const next = status === 'pending' && nextAttemptAt !== null ? `, again at ${timeText(nextAttemptAt)}` : '';
  const tries = attempts === 1 ? '1 attempt' : `${attempts} attempts`;

  const details = element('div', { hidden: true });
  const look = element('button', { type: 'button', className: 'quiet', 'aria-expanded': 'false' }, 'Attempts');
  look.addEventListener(
    'click',
    () =>
      void act(look, async () => {
        if (details.hidden) details.replaceChildren(...attemptsOf(await request('GET', path)));
        details.hidden = !details.hidden;
        look.setAttribute('aria-expanded', String(!details.hidden));
      }),
  );
  const again = element(
    'button',
    { type: 'button', className: 'quiet' },
    status === 'pending' ? 'Try now' : 'Send again',
  );
  again.addEventListener(
    'click',
    () =>
      void act(again, async () => {
        await request('POST', `${path}/resend`);
        notice('It is sent again.');
        await refreshLog();
      }),
  );
  return element(
    'li',
    {},
    badge,
    element('p', { className: 'facts' }, `${timeText(createdAt)}, ${tries}, ${answer}${next}`),
    element('div', { className: 'row' }, look, again),
    details,
  );
}

function attemptsOf({ history, body }) {
  const lines = history.map(({ number, at, httpStatus, durationMs, error, bodyExcerpt }) =>
    element(
      'li',
      {},
      `${number}. ${timeText(at)}: ${httpStatus ?? 'no answer'} in ${durationMs} ms${error === null ? '' : `, ${error}`}`,
      ...(bodyExcerpt === ''
        ? []
        : [element('pre', { role: 'group', tabIndex: 0, 'aria-label': 'Answer' }, bodyExcerpt)]),
    ),
  );
  return [
    element('ul', { className: 'facts' }, ...lines),
    element('pre', { role: 'group', tabIndex: 0, 'aria-label': 'What was sent' }, JSON.stringify(body, null, 2)),
  ];
}
