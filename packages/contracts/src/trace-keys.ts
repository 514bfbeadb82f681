/**
 * Names from which the ids of traces and spans are derived, the same in every process and after every restart: nothing has to travel beside
 * commands and events, or be stored with them (docs/adr/0019).
 */

/** A message has a trace of its own, from its request to the last of its events; everything else is in the trace of its request. */
export function traceKeyOf({ correlationId, data }: { correlationId: string; data: unknown }): string {
  const { messageId } = data as { messageId?: unknown };
  return typeof messageId === 'string' ? messageId : correlationId;
}

/** Unique within their trace. */
export const spanKeys = {
  /** A call of the API, by request id. */
  request: (requestId: string) => `request:${requestId}`,
  /** A command on its way into the bus, by command id. */
  command: (commandId: string) => `command:${commandId}`,
  /** An engine takes a message over from the bus. */
  accept: (messageId: string) => `accept:${messageId}`,
  /** From a message's first stanza to WhatsApp's word on it. */
  send: (messageId: string) => `send:${messageId}`,
  /** An event on its way into the log. */
  event: (eventId: string) => `event:${eventId}`,
  /** An event in the read models. */
  projection: (eventId: string) => `projection:${eventId}`,
  /** An attempt to deliver an event to a webhook. */
  delivery: (deliveryId: string, attempt: number) => `delivery:${deliveryId}:${attempt}`,
} as const;
