import type { MsgHdrs } from '@nats-io/transport-node';

/** Headers as a plain record; the last value where a name repeats. */
export function recordHeaders(headers: MsgHdrs | undefined): Record<string, string> {
  const record: Record<string, string> = {};
  for (const name of headers?.keys() ?? []) record[name] = headers!.last(name);
  return record;
}
