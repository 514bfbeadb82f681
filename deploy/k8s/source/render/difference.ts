/** What turns one list of objects into another one: the patches of an overlay, found instead of written. */
import { isDeepStrictEqual } from 'node:util';

export interface AnyObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
}
type Fields = Record<string, unknown>;

export interface Difference {
  added: AnyObject[];
  patches: unknown[];
}

export const identityOf = ({ kind, metadata }: AnyObject): string => `${kind}/${metadata.name}`;

/** Strategic merge patches, as Kustomize takes them. @throws Error for lists that such a patch cannot change */
export function differenceOf(before: readonly AnyObject[], after: readonly AnyObject[]): Difference {
  const former = new Map(before.map((object) => [identityOf(object), object]));
  const next = new Map(after.map((object) => [identityOf(object), object]));
  const patches: unknown[] = [];
  const deletions: unknown[] = [];
  for (const [identity, object] of former) {
    const { apiVersion, kind, metadata } = object;
    const head = { apiVersion, kind, metadata: { name: metadata.name } };
    const changed = next.get(identity);
    if (changed === undefined) deletions.push({ ...head, $patch: 'delete' });
    else if (!isDeepStrictEqual(object, changed)) {
      const isCustom = customGroups.includes(apiVersion.split('/')[0]!);
      const patch = mapPatch(object as unknown as Fields, changed as unknown as Fields, { identity, isCustom });
      patches.push({ ...head, ...patch, metadata: { ...head.metadata, ...(patch.metadata as Fields | undefined) } });
    }
  }
  return {
    added: after.filter((object) => !former.has(identityOf(object))),
    // Kustomize 5.5 crashes on a patch of the same file that comes after one.
    patches: [...patches, ...deletions],
  };
}

const customGroups = ['keda.sh', 'monitoring.coreos.com', 'postgresql.cnpg.io'];

interface Where {
  identity: string;
  /** Of custom resources Kustomize knows no keys of lists and replaces them whole. */
  isCustom: boolean;
}
/** By which elements of a list are told apart; Kubernetes' own merge keys. */
const mergeKeys: Record<string, string> = {
  containers: 'name',
  env: 'name',
  volumes: 'name',
  volumeMounts: 'mountPath',
};

function mapPatch(before: Fields, after: Fields, where: Where): Fields {
  const patch: Fields = {};
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [former, next] = [before[key], after[key]];
    if (isDeepStrictEqual(former, next)) continue;
    if (next === undefined) patch[key] = null;
    else if (former === undefined) patch[key] = next;
    else if (Array.isArray(former) && Array.isArray(next)) patch[key] = listPatch(key, former, next, where);
    else if (isMap(former) && isMap(next)) patch[key] = mapPatch(former, next, where);
    else patch[key] = next;
  }
  return patch;
}

function listPatch(name: string, before: unknown[], after: unknown[], where: Where): unknown[] {
  if (where.isCustom) return after;
  const mergeKey = mergeKeys[name];
  if (mergeKey === undefined) throw new Error(`${where.identity}: a patch cannot change the list ${name}`);
  const keyed = (list: unknown[]) => new Map((list as Fields[]).map((element) => [element[mergeKey], element]));
  const [former, next] = [keyed(before), keyed(after)];
  const gone = [...former.keys()].filter((key) => !next.has(key));
  const changed = [...next].flatMap(([key, element]) => {
    const known = former.get(key);
    if (known === undefined) return [element];
    return isDeepStrictEqual(known, element) ? [] : [{ [mergeKey]: key, ...mapPatch(known, element, where) }];
  });
  return [...changed, ...gone.map((key) => ({ $patch: 'delete', [mergeKey]: key }))];
}

const isMap = (value: unknown): value is Fields => value !== null && typeof value === 'object' && !Array.isArray(value);
