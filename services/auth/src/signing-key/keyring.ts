import type { SigningKeyRotation } from '@wam/contracts';
import type { Clock, Sealer } from '@wam/service-kit';
import { inTransaction, type Kysely } from '@wam/service-kit/postgres';
import { importJWK, type JWK } from 'jose';
import type { AuthTables } from '../storage/schema.ts';
import { accessTokenAlgorithm, type TokenSigner } from '../token/access-token.ts';
import { generateSigningKey } from './generate-signing-key.ts';
import { signerAt, upcomingAt, verifiesUntilMs, verifyingAt } from './key-times.ts';
import {
  deleteSigningKeys,
  insertSigningKey,
  lockSigningKeys,
  raiseLongestToken,
  readSigningKeys,
  type StoredSigningKey,
} from './signing-key-table.ts';

export interface Keyring {
  /** Makes the first key when there is none, and sees that the private one can be opened. */
  open(): Promise<void>;
  /** What signs now. */
  signer(): Promise<TokenSigner>;
  /** Public halves of all keys whose tokens are good, and of the one that signs next. */
  published(): Promise<JWK[]>;
  /** Publishes a new key, which signs after the delay. While one waits for its turn, it is the answer: asking twice rotates once. */
  rotate(): Promise<SigningKeyRotation>;
}
export interface KeyringDeps {
  db: Kysely<AuthTables>;
  sealer: Sealer;
  clock: Clock;
  tokenTtlMs: number;
  /** From publishing a key to signing with it. */
  publishDelayMs: number;
}

/** Another process may have rotated. Well below `overlapMs`, which allows for it. */
const reloadAfterMs = 30_000;

export function createKeyring({ db, sealer, clock, tokenTtlMs, publishDelayMs }: KeyringDeps): Keyring {
  let keys: readonly StoredSigningKey[] = [];
  let loadedAtMs = Number.NEGATIVE_INFINITY;
  let loading: Promise<void> | undefined;
  const imported = new Map<string, Promise<TokenSigner>>();

  async function load(): Promise<void> {
    const found = await readSigningKeys(db, sealer);
    if (found.some((key) => key.longestTokenMs < tokenTtlMs)) await raiseLongestToken(db, tokenTtlMs);
    keys = found;
    loadedAtMs = clock.monotonicMs();
    for (const kid of imported.keys()) if (!found.some((key) => key.kid === kid)) imported.delete(kid);
  }
  function loadOnce(): Promise<void> {
    loading ??= load().finally(() => {
      loading = undefined;
    });
    return loading;
  }
  async function add(trx: Kysely<AuthTables>, signsFromMs: number): Promise<string> {
    const key = await generateSigningKey();
    await insertSigningKey(trx, sealer, {
      ...key,
      createdAt: new Date(clock.now()),
      signsFrom: new Date(signsFromMs),
      longestTokenMs: tokenTtlMs,
    });
    return key.kid;
  }
  function importKey(key: StoredSigningKey): Promise<TokenSigner> {
    let signer = imported.get(key.kid);
    if (signer === undefined) {
      signer = importSigner(key);
      imported.set(key.kid, signer);
      signer.catch(() => imported.delete(key.kid));
    }
    return signer;
  }
  async function signer(): Promise<TokenSigner> {
    if (clock.monotonicMs() - loadedAtMs > reloadAfterMs) await loadOnce();
    const key = signerAt(keys, clock.now());
    if (key === undefined) throw new Error('there is no signing key');
    return importKey(key);
  }

  return {
    signer,
    async open() {
      await inTransaction(db, async (trx) => {
        await lockSigningKeys(trx);
        if ((await readSigningKeys(trx, sealer)).length === 0) await add(trx, clock.now());
      });
      await load();
      await signer();
    },
    async published() {
      await loadOnce();
      return verifyingAt(keys, clock.now()).map((key) => key.publicJwk);
    },
    async rotate() {
      const kid = await inTransaction(db, async (trx) => {
        await lockSigningKeys(trx);
        const stored = await readSigningKeys(trx, sealer);
        const verifying = verifyingAt(stored, clock.now());
        const over = stored.filter((key) => !verifying.includes(key)).map((key) => key.kid);
        await deleteSigningKeys(trx, over);
        return upcomingAt(stored, clock.now())?.kid ?? (await add(trx, clock.now() + publishDelayMs));
      });
      await load();
      return describeRotation(kid, keys);
    },
  };
}

function describeRotation(kid: string, keys: readonly StoredSigningKey[]): SigningKeyRotation {
  const key = keys.find((each) => each.kid === kid);
  if (key === undefined) throw new Error(`signing key ${kid} is gone`);
  const previous = signerAt(keys, key.signsFromMs - 1);
  const until = previous === undefined || previous === key ? key.signsFromMs : verifiesUntilMs(previous, keys);
  return {
    kid,
    signsFrom: new Date(key.signsFromMs).toISOString(),
    previousVerifiesUntil: new Date(until).toISOString(),
  };
}

async function importSigner(key: StoredSigningKey): Promise<TokenSigner> {
  const privateKey = await importJWK(key.openPrivateJwk(), accessTokenAlgorithm);
  if (privateKey instanceof Uint8Array) throw new Error(`Signing key ${key.kid} is symmetric`);
  return { kid: key.kid, privateKey };
}
