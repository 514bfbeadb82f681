import { createSession, type Network } from '@wam/contracts';
import { defineCommandAdapter } from './command-adapter.ts';

/** As in the public documentation's own programs. */
export const defaultSessionName = 'My Session';

/** The gateway chooses the session's id, so that a repeated publish creates one session. */
export const createSessionAdapter = defineCommandAdapter<typeof createSession, 'CreateSession'>({
  operation: createSession,
  command: 'CreateSession',
  effect: 'creates-session',
  draft: ({ params: { sessionId }, body: { name, description, network, metadata } }, { ids, defaultNetwork }) => ({
    id: `cmd_${ids.ulid()}`,
    data: {
      sessionId,
      name: name ?? defaultSessionName,
      description: description ?? '',
      network: (network as Network | undefined) ?? defaultNetwork,
      ...(metadata === undefined ? {} : { metadata }),
    },
  }),
  accepted: ({ data: { sessionId, name, network } }) => ({
    status: 201,
    body: {
      success: true,
      sessionId,
      name,
      status: 'connecting',
      message: 'Session created. Generating QR code...',
      network,
    },
  }),
});
