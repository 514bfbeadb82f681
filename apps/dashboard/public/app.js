/** The dashboard: who is signed in, and what is refreshed when. */
import { account, pauseMs, signIn, signOut, whenSignedOut } from './api.js';
import { byId, notice, onSubmit } from './elements.js';
import { startMessaging } from './messaging.js';
import { refreshSessions, startSessions, stopSessions } from './sessions.js';
import { refreshStatistics, startStatistics } from './statistics.js';

const settledPauseMs = 15_000;
const movingPauseMs = 2000;
let registering = false;
let timer;

function show() {
  const signedIn = account();
  byId('sign-in').hidden = signedIn !== undefined;
  byId('workspace').hidden = signedIn === undefined;
  byId('account').hidden = signedIn === undefined;
  byId('account-email').textContent = signedIn?.email ?? '';
  clearTimeout(timer);
  if (signedIn === undefined) {
    stopSessions();
    byId('email').focus();
    return;
  }
  void keepFresh();
  void refreshStatistics().catch((error) => notice(error.message, 'error'));
}

/** Asks often only while a session is on its way to another state, and not at all in a hidden tab. */
async function keepFresh() {
  clearTimeout(timer);
  let wishedMs = settledPauseMs;
  if (!document.hidden) {
    try {
      wishedMs = (await refreshSessions()) ? movingPauseMs : settledPauseMs;
    } catch (error) {
      notice(error.message, 'error');
    }
  }
  if (account() !== undefined) timer = setTimeout(() => void keepFresh(), pauseMs(wishedMs));
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
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && account() !== undefined) void keepFresh();
});
onSubmit('sign-in-form', async ({ email, password, username }, form) => {
  const named = registering && username !== '' ? { username } : {};
  await signIn(registering ? '/api/register' : '/api/login', { email, password, ...named });
  form.reset();
  show();
  byId('main').focus();
});

whenSignedOut(show);
startSessions(() => void keepFresh());
startMessaging();
startStatistics();
chooseForm(false);
show();
