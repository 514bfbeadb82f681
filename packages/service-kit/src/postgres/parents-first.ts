/** In an order in which whatever refers to another comes after it; otherwise as given. Pure. @throws RangeError for a circle */
export function parentsFirst<T>(
  items: readonly T[],
  nameOf: (item: T) => string,
  refersTo: (item: T) => readonly string[],
): T[] {
  const waiting = new Map(items.map((item) => [nameOf(item), item]));
  const ordered: T[] = [];
  while (waiting.size > 0) {
    const free = [...waiting].filter(([, item]) => !refersTo(item).some((name) => waiting.has(name)));
    if (free.length === 0) throw new RangeError(`${[...waiting.keys()].join(', ')} refer to each other in a circle`);
    for (const [name, item] of free) {
      ordered.push(item);
      waiting.delete(name);
    }
  }
  return ordered;
}
