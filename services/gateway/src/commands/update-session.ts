import { updateSession } from '@wam/contracts';
import { defineCommandAdapter } from './command-adapter.ts';

export const updateSessionAdapter = defineCommandAdapter<typeof updateSession, 'DescribeSession'>({
  operation: updateSession,
  command: 'DescribeSession',
  draft: ({ params: { sessionId }, body }, { ids }) => ({ id: `cmd_${ids.ulid()}`, data: { sessionId, ...body } }),
  accepted: ({ data: { sessionId } }) => ({
    status: 202,
    body: { success: true, sessionId, message: 'The session will be updated' },
  }),
});
