import { disconnectSession } from '@wam/contracts';
import { defineCommandAdapter } from './command-adapter.ts';

export const disconnectSessionAdapter = defineCommandAdapter<typeof disconnectSession, 'DisconnectSession'>({
  operation: disconnectSession,
  command: 'DisconnectSession',
  draft: ({ params: { sessionId } }, { ids }) => ({ id: `cmd_${ids.ulid()}`, data: { sessionId } }),
  accepted: ({ data: { sessionId } }) => ({
    status: 200,
    body: { success: true, sessionId, status: 'disconnected', message: 'Disconnecting session.' },
  }),
});
