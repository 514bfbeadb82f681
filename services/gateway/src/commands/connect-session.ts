import { connectSession } from '@wam/contracts';
import { defineCommandAdapter } from './command-adapter.ts';

export const connectSessionAdapter = defineCommandAdapter<typeof connectSession, 'ConnectSession'>({
  operation: connectSession,
  command: 'ConnectSession',
  draft: ({ params: { sessionId } }, { ids }) => ({ id: `cmd_${ids.ulid()}`, data: { sessionId } }),
  accepted: ({ data: { sessionId } }) => ({
    status: 200,
    body: {
      success: true,
      sessionId,
      status: 'connecting',
      message: 'Connecting session. QR code will be generated...',
    },
  }),
});
