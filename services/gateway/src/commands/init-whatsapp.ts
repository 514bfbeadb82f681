import { initWhatsApp } from '@wam/contracts';
import { defineCommandAdapter } from './command-adapter.ts';
import { connectSessionAdapter } from './connect-session.ts';
import { defaultSessionName } from './create-session.ts';

/** The id was derived from the account, so that calls at the same moment create one session. */
export const initWhatsAppAdapter = defineCommandAdapter<typeof initWhatsApp, 'CreateSession'>({
  operation: initWhatsApp,
  command: 'CreateSession',
  effect: 'creates-session',
  whenPresent: connectSessionAdapter,
  draft: ({ params: { sessionId } }, { ids, defaultNetwork }) => ({
    id: `cmd_${ids.ulid()}`,
    data: { sessionId, name: defaultSessionName, description: '', network: defaultNetwork },
  }),
  accepted: ({ data: { sessionId } }) => ({
    status: 201,
    body: { success: true, sessionId, status: 'connecting', message: 'Session created. Generating QR code...' },
  }),
});
