import { hash } from 'node:crypto';

/** A place in the event log. */
export interface LogPlace {
  /** Tells one log from another; see {@link logTag}. */
  tag: string;
  /** Stream sequence of the last event seen. */
  seq: number;
}

/** Short name of an incarnation of the log, so that a cursor of another one is told from ours. */
export const logTag = (incarnation: string): string => hash('sha256', incarnation).slice(0, 8);

export const cursorOf = ({ tag, seq }: LogPlace): string => `${tag}_${seq}`;

const form = /^([0-9a-f]{8})_(0|[1-9][0-9]{0,14})$/;
/** undefined for what was never a cursor. */
export function parseCursor(text: string): LogPlace | undefined {
  const [, tag, seq] = form.exec(text) ?? [];
  return tag === undefined ? undefined : { tag, seq: Number(seq) };
}
