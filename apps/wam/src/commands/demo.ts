/** `wam demo`: the whole story in the terminal, on a platform of its own or on the one WAM_URL names. */
import { createClient } from '@wam/client';
import type { Env } from '@wam/service-kit';
import { startDemoPlatform } from '../demo/demo-platform.ts';
import { drawQr } from '../demo/draw-qr.ts';
import { createNarrator } from '../demo/narrator.ts';
import { tellStory } from '../demo/tell-story.ts';
import { UserError } from '../user-error.ts';

/** @throws UserError when the user interrupts it; what it started has ended by then */
export async function demo(env: Env): Promise<void> {
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort(new UserError('interrupted'));
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const { signal } = interrupted;
  const narrator = createNarrator(process.stdout);
  await using platform = await startDemoPlatform(env, (text) => narrator.say(text), signal);
  const client = createClient({ baseUrl: platform.url, fetch: (input, init) => fetch(input, { ...init, signal }) });
  try {
    await tellStory({ client, narrator, drawQr, runId: Date.now().toString(36) });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}
