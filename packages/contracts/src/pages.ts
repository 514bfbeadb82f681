/** Lists come newest first, in pages: what a request says of the page it wants, and what an answer says besides `data`. */
import Type from 'typebox';

/**
 * @param most entries that a page may have
 * @param usual entries that it has when nobody says
 */
export const pageQuery = (most: number, usual: number) => ({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: most, default: usual })),
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'nextCursor of the page before' })),
});

export const pageEnd = { hasMore: Type.Boolean(), nextCursor: Type.Union([Type.String(), Type.Null()]) };
