/** The dashboard: who is signed in, and what is refreshed when. */
import { account, pauseMs, signIn, signOut, whenSignedOut, whenStale } from './api.js';
import { closeCampaigns, openCampaigns, refreshCampaigns, startCampaigns } from './campaigns.js';
import { byId, notice, onSubmit } from './elements.js';
import { createFeed } from './feed.js';
import {
  clearLiveMessages,
  explainLiveMessages,
  readWhatWasSent,
  showLiveMessage,
  showRecentMessages,
} from './live-messages.js';
import { refreshInbox, startMessaging } from './messaging.js';
import { refreshWhenAsked } from './refresh.js';
import { refreshQrCodes, refreshSessions, showQrCode, startSessions, stopSessions } from './sessions.js';
import { refreshStatistics, startStatistics } from './statistics.js';

/** While the feed is away. */
const pollPauseMs = 15_000;
/** Of receipts, which come in flocks. */
const countPauseMs = 2000;
/** While the read models are behind. */
const staleReadPauseMs = 5_000;
let staleTimer;
let registering = false;
let timer;

const sessions = refreshWhenAsked(refreshSessions, 0);
const counts = refreshWhenAsked(async () => {
  await readWhatWasSent();
  await refreshStatistics();
  await refreshInbox();
}, countPauseMs);
const campaigns = refreshWhenAsked(refreshCampaigns, 0);
const feed = createFeed({
  event(event) {
    if (event.type === 'session.qr') showQrCode(event);
    if (event.type.startsWith('session.')) sessions.ask();
    if (event.type.startsWith('campaign.')) campaigns.ask();
    if (event.type.startsWith('message.')) {
      showLiveMessage(event);
      counts.ask();
    }
  },
  ready(withheld) {
    clearTimeout(timer);
    byId('workspace').dataset.feed = 'followed';
    explainLiveMessages(withheld);
    // The list is read after the feed is followed: what happens from here on arrives.
    refreshAll();
    // Less than the rest of the page: where it fails the feed still tells.
    if (withheld === undefined) void showRecentMessages().catch(() => undefined);
  },
  broken() {
    byId('workspace').dataset.feed = 'away';
    clearTimeout(timer);
    timer = setTimeout(poll, pauseMs(pollPauseMs));
  },
  missed: refreshAll,
});

function refreshAll() {
  sessions.ask();
  counts.ask();
  campaigns.ask();
  refreshQrCodes();
}
function poll() {
  if (!document.hidden) for (const refresh of [sessions, campaigns]) refresh.ask();
  timer = setTimeout(poll, pauseMs(pollPauseMs));
}

function show() {
  const signedIn = account();
  byId('sign-in').hidden = signedIn !== undefined;
  byId('workspace').hidden = signedIn === undefined;
  byId('account').hidden = signedIn === undefined;
  byId('account-email').textContent = signedIn?.email ?? '';
  clearTimeout(timer);
  if (signedIn === undefined) {
    feed.stop();
    for (const refresh of [sessions, counts, campaigns]) refresh.stop();
    stopSessions();
    clearLiveMessages();
    closeCampaigns();
    byId('email').focus();
    return;
  }
  // Shown at once, and again when the feed is followed.
  refreshAll();
  void openCampaigns().catch((error) => notice(error.message, 'error'));
  feed.start();
}

function chooseForm(register) {
  registering = register;
  const title = register ? 'Create an account' : 'Log in';
  byId('sign-in-title').textContent = title;
  byId('sign-in-submit').textContent = title;
  byId('sign-in-switch').textContent = register ? 'Log in instead' : 'Create an account instead';
  byId('username-field').hidden = !register;
  byId('password').autocomplete = register ? 'new-password' : 'current-password';
}

byId('sign-in-switch').addEventListener('click', () => chooseForm(!registering));
byId('log-out').addEventListener('click', signOut);
onSubmit('sign-in-form', async ({ email, password, username }, form) => {
  const named = registering && username !== '' ? { username } : {};
  await signIn(registering ? '/api/register' : '/api/login', { email, password, ...named });
  form.reset();
  show();
  byId('main').focus();
});

// They scroll, so whoever has no mouse must get there.
for (const list of document.querySelectorAll('.messages')) list.tabIndex = 0;
function readAgain() {
  sessions.ask();
  counts.ask();
}
whenStale((isStale) => {
  const text = isStale ? 'The platform is catching up: what happened in the last moments may be missing here.' : '';
  // A live region that is written again is read out again.
  if (byId('stale').textContent !== text) byId('stale').textContent = text;
  clearTimeout(staleTimer);
  if (isStale) staleTimer = setTimeout(readAgain, pauseMs(staleReadPauseMs));
});
whenSignedOut(show);
startSessions(sessions.ask);
startMessaging();
startCampaigns();
startStatistics();
chooseForm(false);
show();
