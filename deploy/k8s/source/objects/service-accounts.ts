import { targetNames } from '../../../../apps/wam/src/targets/target.ts';
import { when } from '../parameters.ts';
import type { Values } from '../values.ts';
import { metaOf } from './names.ts';
import type { Resource } from './resource.ts';

/** One per kind of process, without a token: nothing here talks to the API of the cluster. */
export const serviceAccounts = (values: Values): Resource[] =>
  [...targetNames, 'prepare'].map((name) => {
    const account: Resource = {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: metaOf(name),
      automountServiceAccountToken: false,
    };
    return name === 'sandbox' ? when(values.sandbox.enabled, account) : account;
  });
