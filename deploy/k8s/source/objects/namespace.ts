import { readToken, tokenOf } from '../parameters.ts';
import type { Values } from '../values.ts';

/** The namespace of the overlays; the chart takes that of the release. */
export const namespace = 'wamessenger';

export const namespaceOf = (values: Values): string =>
  readToken(values.image.tag) === undefined ? namespace : tokenOf('t', '$.Release.Namespace');
