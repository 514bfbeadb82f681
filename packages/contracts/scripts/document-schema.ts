/** Turns contract schemas into documents: plain JSON, titled schemas moved into `components`. */
import type { TObject, TSchema } from 'typebox';

type Json = { [key: string]: unknown };

export const requiredOf = (schema: TObject | undefined): readonly string[] => schema?.required ?? [];

/** Collects every schema that has a title, so that documents name it once and refer to it. */
export class ComponentRegistry {
  readonly schemas: Json = {};
  readonly #prefix: string;

  constructor(prefix = '#/components/schemas/') {
    this.#prefix = prefix;
  }

  toDocument(schema: TSchema): Json {
    // TypeBox keeps its own markers in non-enumerable properties; JSON drops them.
    return this.#lift(JSON.parse(JSON.stringify(schema)) as Json) as Json;
  }

  #lift(node: unknown): unknown {
    if (Array.isArray(node)) return node.map((item) => this.#lift(item));
    if (typeof node !== 'object' || node === null) return node;
    const lifted = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, this.#lift(value)]));
    const { title } = lifted as { title?: unknown };
    if (typeof title !== 'string') return lifted;
    this.schemas[title] = lifted;
    return { $ref: `${this.#prefix}${title}` };
  }
}
