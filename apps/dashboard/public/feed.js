/** The event feed over one WebSocket: what happens arrives as it happens, and what happened while the connection was broken comes first. */
import { request, soonMs } from './api.js';

const firstDelayMs = 500;
const longestDelayMs = 15_000;
/** Of more connections than the plan allows: closing other pages makes room. */
const crowdedCode = 4429;

/**
 * @param on.event an event, in order, once
 * @param on.ready the feed is followed from here; with what the plan withholds
 * @param on.broken the connection is away: nothing arrives until `ready` comes again
 * @param on.missed what happened meanwhile cannot be had: everything shown may be old
 */
export function createFeed(on) {
  let socket;
  let timer;
  let cursor;
  let failures = 0;
  /** Counts starts and stops: whatever an earlier one began must not speak any more, least of all for another account. */
  let turn = 0;

  async function open(own) {
    let ticket;
    try {
      // Instead of the token: addresses are written into logs.
      ({ ticket } = await request('POST', '/api/events/ticket'));
    } catch {
      if (own === turn) comeBack(own);
      return;
    }
    if (own !== turn) return;
    const query = new URLSearchParams({ ticket, ...(cursor === undefined ? {} : { after: cursor }) });
    socket = new WebSocket(`${window.location.origin.replace(/^http/, 'ws')}/ws?${query}`);
    socket.addEventListener('message', ({ data }) => {
      if (own === turn) read(JSON.parse(data));
    });
    socket.addEventListener('close', ({ code }) => {
      if (own === turn) comeBack(own, code);
    });
  }
  function read(frame) {
    cursor = frame.cursor ?? cursor;
    if (frame.type === 'ready') {
      failures = 0;
      on.ready(frame.withheld);
    } else if (frame.type === 'resume_expired') on.missed();
    else if (frame.data !== undefined) on.event(frame);
  }
  function comeBack(own, code) {
    on.broken();
    failures += 1;
    const wishedMs =
      code === crowdedCode ? longestDelayMs : Math.min(longestDelayMs, firstDelayMs * 2 ** (failures - 1));
    // Not all pages at once, where a gateway has just come back.
    timer = setTimeout(() => void open(own), soonMs(wishedMs * (0.5 + Math.random() / 2)));
  }
  return {
    start() {
      turn += 1;
      void open(turn);
    },
    stop() {
      turn += 1;
      cursor = undefined;
      failures = 0;
      clearTimeout(timer);
      socket?.close();
    },
  };
}
