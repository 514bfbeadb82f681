/** Lists as one sequence: each next page is fetched when it is reached. */

interface Page<Item> {
  data: Item[];
  nextCursor: string | null;
}

/** @param load one page; undefined stands for the first one */
export async function* eachOf<Item>(load: (cursor: string | undefined) => Promise<Page<Item>>): AsyncGenerator<Item> {
  let cursor: string | undefined;
  do {
    const page = await load(cursor);
    yield* page.data;
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
}
