import { deleteSession } from '@wam/contracts';
import { defineCommandAdapter } from './command-adapter.ts';

export const deleteSessionAdapter = defineCommandAdapter<typeof deleteSession, 'DeleteSession'>({
  operation: deleteSession,
  command: 'DeleteSession',
  effect: 'deletes-session',
  draft: ({ params: { sessionId } }, { ids }) => ({ id: `cmd_${ids.ulid()}`, data: { sessionId } }),
  accepted: () => ({ status: 200, body: { success: true, message: 'Session deleted successfully' } }),
});
