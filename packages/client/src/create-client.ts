import { type CallOptions, type ClientConfig, call, type OperationInput } from './call.ts';
import { type Operations, operationTable } from './operations.generated.ts';

export interface Client extends Operations {
  /** Sends this token from now on. */
  useToken(token: string): void;
}

/** A typed client with one method per operation of the API; works wherever `fetch` does. */
export function createClient(config: ClientConfig): Client {
  const current: ClientConfig = { ...config, baseUrl: config.baseUrl.replace(/\/$/, '') };
  const methods = Object.entries(operationTable).map(([id, operation]) => [
    id,
    operation.input
      ? (input: OperationInput = {}, options: CallOptions = {}) => call(current, operation, input, options)
      : (options: CallOptions = {}) => call(current, operation, {}, options),
  ]);
  return {
    ...(Object.fromEntries(methods) as Operations),
    useToken: (token) => {
      current.token = token;
    },
  };
}
