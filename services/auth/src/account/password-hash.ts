/**
 * Argon2id (RFC 9106) in Node's own implementation, stored as a PHC string. The parameters are the second choice of the OWASP password storage sheet:
 * 19 MiB, 2 passes, 1 lane; measured 45 ms per hash, hence the bound on how many run at once.
 */
import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const argon2Async = promisify<'argon2id', Argon2Parameters, Buffer>(argon2);

export interface HashCost {
  memoryKiB: number;
  passes: number;
  lanes: number;
}
export const defaultHashCost: HashCost = { memoryKiB: 19_456, passes: 2, lanes: 1 };
const saltBytes = 16;
const tagBytes = 32;

export interface PasswordHasher {
  hash(password: string): Promise<string>;
  /**
   * Whether the password belongs to the stored hash. Without one (no such account) it costs the same time and is false.
   * @throws Error when the stored string is no Argon2id PHC string.
   */
  matches(password: string, phc: string | undefined): Promise<boolean>;
}

/** @param maxConcurrent hashes computed at once; each takes a thread of libuv's pool and `memoryKiB`. More wait in order. */
export function createPasswordHasher(maxConcurrent: number, cost: HashCost = defaultHashCost): PasswordHasher {
  const limited = createLimiter(maxConcurrent);
  const derive = (password: string, salt: Buffer, { memoryKiB, passes, lanes }: HashCost): Promise<Buffer> =>
    limited(() =>
      argon2Async('argon2id', {
        // NFKC as RFC 8265 does, so that one password typed on two keyboards is one password.
        message: password.normalize('NFKC'),
        nonce: salt,
        memory: memoryKiB,
        passes,
        parallelism: lanes,
        tagLength: tagBytes,
      }),
    );
  const dummySalt = randomBytes(saltBytes);

  return {
    async hash(password) {
      const salt = randomBytes(saltBytes);
      return formatPhc({ cost, salt, tag: await derive(password, salt, cost) });
    },
    async matches(password, phc) {
      if (phc === undefined) {
        await derive(password, dummySalt, cost);
        return false;
      }
      const stored = parsePhc(phc);
      const tag = await derive(password, stored.salt, stored.cost);
      return tag.length === stored.tag.length && timingSafeEqual(tag, stored.tag);
    },
  };
}

interface StoredHash {
  cost: HashCost;
  salt: Buffer;
  tag: Buffer;
}
/** `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<tag>`, base64 without padding, as the reference implementation prints it. */
export function formatPhc({ cost, salt, tag }: StoredHash): string {
  const base64 = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '');
  return `$argon2id$v=19$m=${cost.memoryKiB},t=${cost.passes},p=${cost.lanes}$${base64(salt)}$${base64(tag)}`;
}
export function parsePhc(phc: string): StoredHash {
  const match = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(phc);
  if (match === null) throw new Error('Stored password hash is not an Argon2id PHC string');
  const [, m, t, p, salt = '', tag = ''] = match;
  return {
    cost: { memoryKiB: Number(m), passes: Number(t), lanes: Number(p) },
    salt: Buffer.from(salt, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  };
}

/** Runs at most `max` tasks at once, the others in the order they came. */
function createLimiter(max: number): <T>(task: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (task) => {
    if (running >= max) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await task();
    } finally {
      // The place passes to the next in line without becoming free in between.
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
