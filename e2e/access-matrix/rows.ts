/** A row per operation, derived from the operation list: what it names, and the request that names it. */
import type { OperationDefinition } from '@wam/contracts';

/**
 * What operations name by an id, by the name of the field. Everything here exists for one tenant in the matrix, and no other tenant may tell
 * it from what does not exist.
 */
export const ownedThings = ['sessionId', 'messageId', 'campaignId', 'keyId', 'webhookId', 'deliveryId'] as const;
export type OwnedThing = (typeof ownedThings)[number];
export type OwnedIds = Readonly<Record<OwnedThing, string>>;
/** Of the right form, and of nothing. */
export const unknownIds: OwnedIds = {
  sessionId: '00000000-0000-4000-8000-000000000000',
  messageId: 'msg_01JD8X3M5N6P7Q8R9S0T1V2W3X',
  campaignId: 'cmp_01JD8X3M5N6P7Q8R9S0T1V2W3X',
  keyId: 'key_01JD8X3M5N6P7Q8R9S0T1V2W3X',
  webhookId: 'wh_01JD8X3M5N6P7Q8R9S0T1V2W3X',
  deliveryId: 'dlv_01JD8X3M5N6P7Q8R9S0T1V2W3X',
};

/** Fields that end in `Id` and name nothing of an account, and why. */
export const namesNothingOwned: Readonly<Record<string, string>> = {
  'simulateIncomingMessage.messageId': 'an id on the wire, between two simulated phones',
};
/** Filters of lists: what is not there leaves the list empty. Everywhere else it is a 404. */
export const filters: readonly string[] = [
  'listMessages.sessionId',
  'getMessageStats.sessionId',
  'getMessageLatency.sessionId',
  'listFailedMessages.sessionId',
];

const places = ['params', 'query', 'body'] as const;
export interface IdField {
  place: (typeof places)[number];
  name: string;
  /** `operation.field` */
  label: string;
  isList: boolean;
}
/** Every field by which an operation names something, `webhookId` as well as `sessionIds`. */
export const idFieldsOf = (operation: OperationDefinition): IdField[] =>
  places.flatMap((place) =>
    Object.entries(operation[place]?.properties ?? {})
      .filter(([name]) => /Ids?$/.test(name))
      .map(([name, schema]) => ({
        place,
        name: name.replace(/s$/, ''),
        label: `${operation.id}.${name}`,
        isList: (schema as { type?: unknown }).type === 'array',
      })),
  );
export const ownedFieldsOf = (operation: OperationDefinition): (IdField & { name: OwnedThing })[] =>
  idFieldsOf(operation).filter(
    (field): field is IdField & { name: OwnedThing } =>
      namesNothingOwned[field.label] === undefined && (ownedThings as readonly string[]).includes(field.name),
  );

export interface MatrixRequest {
  method: string;
  path: string;
  body: unknown;
}
/** The operation's own example, with these things in it wherever it can name them. */
export function requestOf(operation: OperationDefinition, ids: Partial<OwnedIds>): MatrixRequest {
  const input = structuredClone(operation.example) as Record<IdField['place'], Record<string, unknown> | undefined>;
  for (const { place, name, isList } of ownedFieldsOf(operation)) {
    const id = ids[name];
    if (id !== undefined) input[place] = { ...input[place], [isList ? `${name}s` : name]: isList ? [id] : id };
  }
  const path = operation.path.replaceAll(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent(String(input.params?.[name])),
  );
  const query = new URLSearchParams(
    Object.entries(input.query ?? {}).map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
  return {
    method: operation.method,
    path: query === '' ? path : `${path}?${query}`,
    body: operation.body === undefined ? undefined : (input.body ?? {}),
  };
}

/** An id of the same form that nothing has. */
export const unknownIdLike = (id: string): string =>
  id.includes('_') ? id.replace(/_.*$/, '_01JD8X3M5N6P7Q8R9S0T1V2W3X') : '00000000-0000-4000-8000-000000000000';
