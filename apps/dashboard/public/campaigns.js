/** Campaigns: made from a file, looked over before they start, steered and followed while they run. */
import { account, download, request } from './api.js';
import { act, byId, element, notice, onSubmit, timeText } from './elements.js';

const feature = 'bulk-messaging';
const statusTexts = {
  draft: 'Draft',
  scheduled: 'Waits for its start',
  running: 'Running',
  paused: 'Paused',
  completed: 'Completed',
  cancelled: 'Cancelled',
};
/** What may be done in which state, in the order of the buttons. */
const steps = [
  { action: 'start', label: 'Start', when: ['draft'] },
  { action: 'pause', label: 'Pause', when: ['running', 'scheduled'] },
  { action: 'resume', label: 'Resume', when: ['paused'] },
  { action: 'retry', label: 'Try failed again', when: ['completed'], needs: ({ failed }) => failed > 0 },
  { action: 'cancel', label: 'Cancel', when: ['draft', 'scheduled', 'running', 'paused'], quiet: true },
];
const shown = 10;
const problemsShown = 20;
const worthTellingMs = 60_000;

/** Cards on the page by campaign id; kept, so that a refresh does not take the focus away. */
const cards = new Map();

export function startCampaigns() {
  onSubmit('create-campaign', create);
}

/** Shows the part of the page if the plan has campaigns. */
export async function openCampaigns() {
  const { plan } = await request('GET', '/api/me');
  const isIncluded = account() !== undefined && plan.features.includes(feature);
  byId('campaigns-section').hidden = !isIncluded;
  await refreshCampaigns();
}

export function closeCampaigns() {
  for (const [id, card] of cards) removeCard(id, card);
  byId('campaigns-section').hidden = true;
}

/** Draws the list anew, where there is one. */
export async function refreshCampaigns() {
  if (byId('campaigns-section').hidden) return;
  const { data } = await request('GET', `/api/campaigns?limit=${shown}`);
  byId('no-campaigns').hidden = data.length > 0;
  const present = new Set(data.map(({ campaignId }) => campaignId));
  for (const [id, card] of cards) if (!present.has(id)) removeCard(id, card);
  for (const campaign of data.toReversed()) cardOf(campaign).update(campaign);
}

async function create({ name, message, messagesPerMinute }, form) {
  const file = form.elements.recipients.files[0];
  const sessionIds = [...form.elements.sessionIds.selectedOptions].map(({ value }) => value);
  const { campaignId } = await request('POST', '/api/campaigns', {
    message,
    ...(name === '' ? {} : { name }),
    ...(sessionIds.length === 0 ? {} : { sessionIds }),
    ...(messagesPerMinute === '' ? {} : { pace: { messagesPerMinute: Number(messagesPerMinute) } }),
  });
  try {
    const taken = await request('POST', `/api/campaigns/${campaignId}/recipients`, file, 'text/csv');
    notice(`${taken.added} recipients of ${taken.rows} rows. Look the campaign over, then start it.`);
    form.reset();
  } finally {
    await refreshCampaigns();
  }
  await cards.get(campaignId)?.preview();
}

/** The list leaves the texts out: each may be long. */
async function showText(campaignId, node) {
  try {
    const { message } = await request('GET', `/api/campaigns/${campaignId}`);
    node.textContent = message ?? 'Erased with the contacts it was for.';
  } catch (error) {
    node.textContent = error.message;
  }
}

/** Everything but the recipients, for another list. */
async function fillForm(campaignId) {
  const { name, message, pace, sessionIds } = await request('GET', `/api/campaigns/${campaignId}`);
  const { elements } = byId('create-campaign');
  elements.name.value = name;
  elements.message.value = message ?? '';
  elements.messagesPerMinute.value = pace.messagesPerMinute;
  for (const option of elements.sessionIds.options) option.selected = sessionIds.includes(option.value);
  elements.message.focus();
}

function removeCard(id, card) {
  card.node.remove();
  cards.delete(id);
}

function cardOf({ campaignId }) {
  const known = cards.get(campaignId);
  if (known !== undefined) return known;
  const title = element('h3');
  const badge = element('p', { className: 'badge' });
  const reason = element('p', { className: 'text' });
  const next = element('p', { className: 'facts' });
  const progress = element('progress', { max: 1, value: 0 });
  const facts = element('p', { className: 'facts' });
  const overview = element('div', { className: 'preview' });
  const text = element('p', { className: 'text' });
  const summary = element('summary', {}, 'Message');
  const details = element('details', {}, summary, text);
  const buttons = steps.map((step) => stepButton(step, campaignId));
  const look = element('button', { type: 'button', className: 'quiet' }, 'Preview');
  const again = element('button', { type: 'button', className: 'quiet' }, 'Use again');
  const outcomes = element('button', { type: 'button', className: 'quiet' }, 'Outcomes as CSV');
  const row = element('div', { className: 'row' }, ...buttons.map(({ node }) => node), look, outcomes, again);
  const node = element('li', {}, title, badge, reason, next, progress, facts, details, overview, row);

  function update(campaign) {
    const { status, total, sent, failed, optedOut, problems } = campaign;
    const name = campaign.name === '' ? campaignId : campaign.name;
    const decided = sent + failed + optedOut;
    title.textContent = name;
    badge.textContent = statusTexts[status] ?? status;
    badge.dataset.status = status;
    reason.textContent = status === 'paused' ? (campaign.reason?.message ?? '') : '';
    next.textContent = nextText(campaign.nextSendAt);
    progress.max = Math.max(1, total);
    progress.value = decided;
    progress.setAttribute('aria-label', `Progress of ${name}`);
    const left = problems.bad + problems.duplicates + problems.optedOut;
    facts.textContent = `${decided} of ${total}: ${sent} sent, ${failed} failed, ${optedOut} opted out${left > 0 ? `; ${left} rows left out` : ''}`;
    for (const button of buttons) button.show(campaign, name);
    look.setAttribute('aria-label', `Preview ${name}`);
    outcomes.setAttribute('aria-label', `Outcomes as CSV: ${name}`);
    outcomes.hidden = status === 'draft';
    again.setAttribute('aria-label', `Use again: ${name}`);
    summary.setAttribute('aria-label', `Message of ${name}`);
    if (status !== 'draft') overview.replaceChildren();
    look.hidden = status !== 'draft';
  }
  const preview = async () => {
    const found = await request('GET', `/api/campaigns/${campaignId}/preview?limit=${problemsShown}`);
    overview.replaceChildren(...previewOf(found));
  };
  look.addEventListener('click', () => void act(look, preview));
  outcomes.addEventListener('click', () => {
    void act(outcomes, () => download(`/api/campaigns/${campaignId}/export`, `${campaignId}.csv`));
  });
  again.addEventListener('click', () => void act(again, () => fillForm(campaignId)));
  details.addEventListener('toggle', () => {
    if (details.open) void showText(campaignId, text);
  });
  const card = { node, update, preview };
  cards.set(campaignId, card);
  byId('campaigns').prepend(node);
  return card;
}

/** A pause of the pace is not worth a line, one until the evening is. */
function nextText(nextSendAt) {
  if (nextSendAt === null || Date.parse(nextSendAt) - Date.now() < worthTellingMs) return '';
  return `Next message: ${timeText(nextSendAt)}`;
}

function stepButton({ action, label, when, needs = () => true, quiet = false }, campaignId) {
  const node = element('button', { type: 'button', className: quiet ? 'quiet' : '' }, label);
  node.addEventListener('click', () => {
    void act(node, async () => {
      cards.get(campaignId)?.update(await request('POST', `/api/campaigns/${campaignId}/${action}`));
    });
  });
  const show = (campaign, name) => {
    node.hidden = !when.includes(campaign.status) || !needs(campaign);
    node.setAttribute('aria-label', `${label} ${name}`);
  };
  return { node, show };
}

/** null: longer than a campaign may take. */
function durationText(seconds, endAt) {
  if (seconds === null) return 'Not all of it can be sent within 30 days.';
  const minutes = Math.max(1, Math.ceil(seconds / 60));
  return minutes < 120 ? `About ${minutes} minutes.` : `Until about ${timeText(endAt)}.`;
}

function previewOf({ sample, problems, estimatedSeconds, estimatedEndAt, data }) {
  const { bad, duplicates, optedOut } = problems;
  const nodes = [
    element('p', {}, `${durationText(estimatedSeconds, estimatedEndAt)} First messages:`),
    element(
      'ul',
      { tabIndex: 0 },
      ...sample.slice(0, 3).map(({ number, text }) => element('li', {}, `${number}: ${text}`)),
    ),
  ];
  if (bad + duplicates + optedOut === 0) return nodes;
  return [
    ...nodes,
    element('p', {}, `Left out: ${bad} bad, ${duplicates} repeated, ${optedOut} opted out.`),
    element(
      'ul',
      { tabIndex: 0 },
      ...data.map(({ row, reason, value }) => element('li', {}, `Line ${row}: ${reason} ${value}`)),
    ),
  ];
}
