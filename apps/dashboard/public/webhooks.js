/** The page of webhooks: making, changing and trying them. Their deliveries are in webhook-deliveries.js. */
import { account, request, whenSignedOut } from './api.js';
import { confirmDelete } from './confirm.js';
import { act, byId, element, notice, onSubmit, timeText } from './elements.js';
import { openLog, refreshLog, startLog } from './webhook-deliveries.js';

const statusTexts = { active: 'Active', paused: 'Paused: events wait', disabled: 'Disabled' };
const reasonTexts = {
  gone: 'its receiver answered 410 Gone',
  failing: 'its receiver failed for five days',
  plan: 'the plan does not include webhooks',
};
const badgeOf = { active: 'connected', paused: 'pending', disabled: 'error' };

function show() {
  const signedIn = account() !== undefined;
  byId('signed-out').hidden = signedIn;
  byId('workspace').hidden = !signedIn;
  if (signedIn) void Promise.all([refresh(), drawEventTypes()]).catch((error) => notice(error.message, 'error'));
}

async function refresh() {
  const { webhooks } = await request('GET', '/api/webhooks');
  byId('no-webhooks').hidden = webhooks.length > 0;
  byId('webhooks').replaceChildren(...webhooks.map(card));
}

function card(webhook) {
  const { webhookId, url, description, status, disabledReason, eventTypes, failingSince, ordered } = webhook;
  const path = `/api/webhooks/${webhookId}`;
  const name = description === '' ? url : description;
  const badge = element('p', { className: 'badge' }, statusTexts[status] ?? status);
  badge.dataset.status = badgeOf[status];
  if (disabledReason !== null) badge.append(`: ${reasonTexts[disabledReason] ?? disabledReason}`);
  const events = eventTypes.length === 0 ? 'all events' : eventTypes.join(', ');
  const facts = [events, ...(ordered ? ['in order'] : [])].join('; ');
  const since = failingSince === null ? '' : `Nothing has reached it since ${timeText(failingSince)}.`;

  const button = (text, work, className = 'quiet') => {
    const control = element('button', { type: 'button', className, 'aria-label': `${text}: ${name}` }, text);
    control.addEventListener('click', () => void act(control, work));
    return control;
  };
  const change = async (operation, done) => {
    await request('POST', `${path}/${operation}`);
    notice(done);
    await refresh();
  };
  const test = async () => {
    const { delivered, httpStatus, durationMs, error } = await request('POST', `${path}/test`, {});
    const answer = httpStatus === null ? error : `${httpStatus} in ${durationMs} ms`;
    notice(
      delivered ? `The test arrived: ${answer}` : `The test did not arrive: ${answer}`,
      delivered ? 'info' : 'error',
    );
  };
  const rotate = async () => {
    const { secret, previousSecretExpiresAt } = await request('POST', `${path}/rotate-secret`, {});
    showSecret(secret, previousSecretExpiresAt);
    await refresh();
  };
  const remove = async () => {
    const consequences = `${name} is told nothing any more, and its log of deliveries is gone.`;
    if (!(await confirmDelete('Delete this webhook?', consequences))) return;
    await request('DELETE', path);
    byId('log-section').hidden = true;
    notice('Webhook deleted.');
    await refresh();
  };
  return element(
    'li',
    {},
    element('h3', {}, name),
    badge,
    ...(description === '' ? [] : [element('p', { className: 'facts' }, url)]),
    element('p', { className: 'facts' }, facts),
    element('p', { className: 'facts' }, since),
    element(
      'div',
      { className: 'row' },
      button('Deliveries', () => openLog(webhookId, name), ''),
      button('Send test', test),
      status === 'active'
        ? button('Pause', () => change('pause', 'Paused. Events wait until it is resumed.'))
        : button('Resume', () => change('resume', 'Resumed.')),
      button('New secret', rotate),
      button('Delete', remove),
    ),
  );
}

/** In the page for as long as its owner needs to copy it, and nowhere else. */
function showSecret(secret, previousSecretExpiresAt) {
  byId('secret').textContent = secret;
  byId('secret-overlap').textContent =
    previousSecretExpiresAt === undefined
      ? ''
      : `Deliveries carry a signature of the former secret too until ${timeText(previousSecretExpiresAt)}.`;
  byId('secret-section').hidden = false;
  byId('secret-section').focus();
}

/** As the API describes them, so that the page knows each that the server knows. */
async function drawEventTypes() {
  const { paths } = await request('GET', '/openapi.json');
  const body = paths['/api/webhooks'].post.requestBody.content['application/json'].schema;
  // In this order each kind comes before its types.
  const types = body.properties.eventTypes.items.enum.toSorted();
  byId('create-events').replaceChildren(
    ...types.map((type) =>
      element(
        'label',
        { className: 'choice' },
        element('input', { type: 'checkbox', className: 'tick', name: 'event', value: type }),
        ` ${type}`,
      ),
    ),
  );
}

byId('hide-secret').addEventListener('click', () => {
  byId('secret').textContent = '';
  byId('secret-section').hidden = true;
  byId('main').focus();
});
onSubmit('create', async ({ url, description, ordered }, form) => {
  const eventTypes = new FormData(form).getAll('event');
  const named = description === '' ? {} : { description };
  const body = { url, eventTypes, ordered: ordered === 'on', ...named };
  const { secret } = await request('POST', '/api/webhooks', body);
  form.reset();
  await refresh();
  showSecret(secret);
});
startLog();
byId('log-refresh').addEventListener('click', () => void act(byId('log-refresh'), refreshLog));
whenSignedOut(show);
show();
