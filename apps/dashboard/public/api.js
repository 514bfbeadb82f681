/** The API as the dashboard uses it: one function, one error type, and how often it may be asked. */

const tokenKey = 'wam.token';
const emailKey = 'wam.email';
/** Ends with the tab: a token is a secret, and this is the shortest-lived place that survives a reload. */
const store = window.sessionStorage;

let budget = { remaining: Number.POSITIVE_INFINITY, resetAtMs: 0 };
const plentyLeft = 30;
let onSignedOut = () => {};
let onStale = () => {};

export class ApiError extends Error {
  constructor(status, body) {
    super(body.message ?? `The server answered ${status}`);
    this.status = status;
    this.code = body.code ?? 'UNKNOWN';
  }
}

export const account = () => (store.getItem(tokenKey) === null ? undefined : { email: store.getItem(emailKey) ?? '' });

export function signOut() {
  store.clear();
  onSignedOut();
}

export const whenSignedOut = (listener) => {
  onSignedOut = listener;
};

/** @param listener told with each figure or list whether the last moments may be missing from it */
export const whenStale = (listener) => {
  onStale = listener;
};

export async function signIn(path, credentials) {
  const { token, user } = await request('POST', path, credentials);
  store.setItem(tokenKey, token);
  store.setItem(emailKey, user.email);
}

/** With `fileType` the body is a file and goes as it is. @throws {ApiError} for every answer that is no success, and with status 0 when there was none. */
export async function request(method, path, body, fileType) {
  const response = await answered(method, path, body, fileType);
  return response.json().catch(() => ({}));
}

/** Gives the browser a file to keep. @throws {ApiError} */
export async function download(path, fileName) {
  const response = await answered('GET', path);
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement('a');
  Object.assign(link, { href: url, download: fileName });
  link.click();
  URL.revokeObjectURL(url);
}

async function answered(method, path, body, fileType) {
  const token = store.getItem(tokenKey);
  const headers = {};
  if (token !== null) headers.authorization = `Bearer ${token}`;
  if (body !== undefined) headers['content-type'] = fileType ?? 'application/json';
  const sent = fileType === undefined ? JSON.stringify(body) : body;
  const options = { method, headers, ...(body === undefined ? {} : { body: sent }) };
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new ApiError(0, { message: 'The server cannot be reached', code: 'UNREACHABLE' });
  }
  // Logging in counts by itself.
  if (token !== null) rememberBudget(response.headers);
  if (response.ok && method === 'GET' && ofReadModels.test(path)) onStale(response.headers.has('stale-answer'));
  if (response.ok) return response;
  const answer = await response.json().catch(() => ({}));
  if (response.status === 401 && token !== null) signOut();
  throw new ApiError(response.status, answer);
}

/** What the page shows of the read models; they are behind together, or none is. */
const ofReadModels = /^\/api\/(sessions$|messages)/;

function rememberBudget(headers) {
  const remaining = headers.get('x-ratelimit-remaining');
  const reset = headers.get('x-ratelimit-reset');
  if (remaining === null || reset === null) return;
  budget = { remaining: Number(remaining), resetAtMs: Number(reset) * 1000 };
}

/** What the feed gives reason to ask for: soon while plenty is left, and as seldom as {@link pauseMs} says when it is not. */
export const soonMs = (wishedMs) => (budget.remaining > plentyLeft ? wishedMs : pauseMs(wishedMs));

/**
 * How long to wait before asking again of one's own accord: as wished, but never so often that the rate limit would be
 * used up before it resets. A third of what remains is left to the person at the keyboard.
 */
export function pauseMs(wishedMs, now = Date.now()) {
  const leftMs = budget.resetAtMs - now;
  if (leftMs <= 0) return wishedMs;
  const spendable = Math.floor((budget.remaining * 2) / 3);
  return spendable < 1 ? leftMs : Math.max(wishedMs, Math.ceil(leftMs / spendable));
}
