import { childNode, type Node } from '../protocol/index.ts';

const MAX_SHAPES = 1_000;

/** Counts of stanzas by shape: shows what a client really sends, and what the server had no answer for. */
export class StanzaStatistics {
  readonly #received = new Map<string, number>();
  readonly #unknown = new Map<string, number>();

  noteReceived(node: Node): void {
    count(this.#received, describe(node));
  }

  /** A stanza without a handler. It was answered with an empty result if it was an iq. */
  noteUnknown(node: Node): void {
    count(this.#unknown, describe(node));
  }

  snapshot(): { received: Record<string, number>; unknown: Record<string, number> } {
    return { received: Object.fromEntries(this.#received), unknown: Object.fromEntries(this.#unknown) };
  }

  clear(): void {
    this.#received.clear();
    this.#unknown.clear();
  }
}

const count = (counts: Map<string, number>, key: string): void => {
  const known = counts.get(key);
  // The shapes are the clients' choice, so there may be any number of them.
  if (known === undefined && counts.size >= MAX_SHAPES) return;
  counts.set(key, (known ?? 0) + 1);
};

function describe({ tag, attrs, content }: Node): string {
  if (tag !== 'iq') return [tag, attrs.class, attrs.type].filter(Boolean).join(' ');
  const first = Array.isArray(content) ? childNode({ tag, attrs, content })?.tag : undefined;
  return [tag, attrs.xmlns, attrs.type, first].filter(Boolean).join(' ');
}
