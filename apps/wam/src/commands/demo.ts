/** `wam demo`: the whole story in the terminal, on a platform of its own or on the one WAM_URL names. */
import { createClient } from '@wam/client';
import type { Env } from '@wam/service-kit';
import { startDemoPlatform } from '../demo/demo-platform.ts';
import { drawQr } from '../demo/draw-qr.ts';
import { createNarrator } from '../demo/narrator.ts';
import { tellStory } from '../demo/tell-story.ts';

export async function demo(env: Env): Promise<void> {
  const narrator = createNarrator(process.stdout);
  await using platform = await startDemoPlatform(env, (text) => narrator.say(text));
  const client = createClient({ baseUrl: platform.url });
  await tellStory({ client, narrator, drawQr, runId: Date.now().toString(36) });
}
