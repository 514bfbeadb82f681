/** What the server writes into the reply subject of a delivered message (ADR-15 of NATS). */
export interface Delivery {
  streamSeq: number;
  consumerSeq: number;
  storedAtMs: number;
  /** Messages of the consumer still to come after this one. */
  pending: number;
}

/**
 * `$JS.ACK.<stream>.<consumer>.<deliveries>.<stream seq>.<consumer seq>.<time ns>.<pending>`, or the same with
 * `<domain>.<account>` after `ACK` and a random token at the end.
 */
export function parseDelivery(replySubject: string): Delivery | undefined {
  const tokens = replySubject.split('.');
  if (tokens.length < 9 || tokens[0] !== '$JS' || tokens[1] !== 'ACK') return undefined;
  const offset = tokens.length === 9 ? 0 : 2;
  const number = (index: number) => Number(tokens[index + offset]);
  return { streamSeq: number(5), consumerSeq: number(6), storedAtMs: Math.floor(number(7) / 1e6), pending: number(8) };
}
