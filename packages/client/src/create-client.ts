import { type CallOptions, type ClientConfig, call, type OperationInput } from './call.ts';
import { type EventsInput, eventsOf } from './events.ts';
import {
  type FeedEvent,
  type Operations,
  operationTable,
  type PagedOperations,
  pagedOperations,
} from './operations.generated.ts';
import { eachOf } from './pages.ts';

export interface Client extends Operations {
  /** The lists whole: `for await (const message of client.all.listMessages())`. */
  readonly all: PagedOperations;
  /** What happens from now on, or after a cursor: `for await (const event of client.events({ types: ['message.*'] }))`. */
  events(input?: EventsInput, options?: Pick<CallOptions, 'signal'>): AsyncIterableIterator<FeedEvent>;
  /** Sends this token from now on. */
  useToken(token: string): void;
}

/** A typed client with one method per operation of the API; works wherever `fetch` does. */
export function createClient(config: ClientConfig): Client {
  const current: ClientConfig = { ...config, baseUrl: config.baseUrl.replace(/\/+$/, '') };
  const methods = Object.entries(operationTable).map(([id, operation]) => [
    id,
    operation.input
      ? (input: OperationInput = {}, options: CallOptions = {}) => call(current, operation, input, options)
      : (options: CallOptions = {}) => call(current, operation, {}, options),
  ]);
  const lists = pagedOperations.map((id) => [
    id,
    (input: OperationInput = {}, options: CallOptions = {}) =>
      eachOf((cursor) => {
        const query = { ...input.query, ...(cursor === undefined ? {} : { cursor }) };
        return call(current, operationTable[id], { ...input, query }, options) as Promise<never>;
      }),
  ]);
  return {
    ...(Object.fromEntries(methods) as Operations),
    all: Object.fromEntries(lists) as PagedOperations,
    events: (input = {}, options = {}) => eventsOf(current, input, options),
    useToken: (token) => {
      current.token = token;
    },
  };
}
