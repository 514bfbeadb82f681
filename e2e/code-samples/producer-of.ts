/** Which operation makes the thing that a path parameter names: read from the contracts, so that a new resource needs no entry here. */
import type { OperationDefinition } from '@wam/contracts';

const createdStatuses = [201, 200, 202] as const;

/** @returns the POST without path parameters of its own that answers with a field of this name */
export function producerOf(
  parameter: string,
  operations: readonly OperationDefinition[],
): OperationDefinition | undefined {
  return operations.find(
    ({ method, params, responses }) =>
      method === 'POST' &&
      params === undefined &&
      createdStatuses.some((status) => {
        const answer = responses[status] as { properties?: Record<string, unknown> } | undefined;
        return answer?.properties !== undefined && parameter in answer.properties;
      }),
  );
}
