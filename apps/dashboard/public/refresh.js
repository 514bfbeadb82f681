/** Reads something again when asked, once for all who ask meanwhile, and no more often than the rate limit bears. */
import { account, soonMs } from './api.js';
import { notice } from './elements.js';

/** @param pauseBetweenMs for more askers to come in */
export function refreshWhenAsked(read, pauseBetweenMs) {
  let timer;
  let running = false;
  let asked = false;

  async function run() {
    timer = undefined;
    running = true;
    asked = false;
    try {
      await read();
    } catch (error) {
      if (account() !== undefined) notice(error.message, 'error');
    } finally {
      running = false;
      if (asked) plan();
    }
  }
  function plan() {
    timer ??= setTimeout(() => void run(), soonMs(pauseBetweenMs));
  }
  return {
    ask() {
      asked = true;
      if (!running && account() !== undefined) plan();
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
      asked = false;
    },
  };
}
