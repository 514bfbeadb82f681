import type { Node } from '../../protocol/index.ts';
import type { ClientConnection, LoggedIn } from '../client-connection.ts';
import type { Network } from '../network.ts';

/**
 * How an iq is answered; `afterwards` runs after the answer is sent, `delayMs` holds it back, `onceStored` until what
 * the iq changed is durable.
 */
export type IqReply =
  | { result: Node[]; afterwards?: () => void; delayMs?: number; onceStored?: true }
  | { error: number; text: string }
  /** Never answered. */
  | 'silence';

/** An iq of a client, with its first child, which names what is asked. */
export interface IqRequest {
  readonly network: Network;
  readonly connection: ClientConnection;
  readonly iq: Node;
  readonly payload: Node;
}

/** An iq that only a logged-in client may send. */
export interface SessionIqRequest extends IqRequest, LoggedIn {}

/**
 * Handlers by `xmlns type child`, as in `encrypt get count`; the child part is empty for an iq without children.
 * One table per family of iqs.
 */
export type IqTable<R extends IqRequest> = Readonly<Record<string, (request: R) => IqReply>>;

/** An answer without content. */
export const empty: IqReply = { result: [] };

export const itemNotFound: IqReply = { error: 404, text: 'item-not-found' };
