/** An installation: every object, in the order in which they are printed. */

import { monitoringObjects } from './monitoring/objects.ts';
import { budget, engineObjects } from './objects/engines.ts';
import { ingressObjects } from './objects/ingress.ts';
import { natsObjects } from './objects/nats.ts';
import { networkPolicies } from './objects/network-policies.ts';
import { postgresObjects } from './objects/postgres.ts';
import { prepareObjects } from './objects/prepare.ts';
import type { Resource } from './objects/resource.ts';
import { sandboxObjects } from './objects/sandbox.ts';
import { scalerObjects } from './objects/scalers.ts';
import { serviceAccounts } from './objects/service-accounts.ts';
import { targetObjects } from './objects/targets.ts';
import { toolboxObjects } from './objects/toolbox.ts';
import { valkeyObjects } from './objects/valkey.ts';
import type { Values } from './values.ts';

/** By the file they are printed to. */
export const platform = (values: Values): Record<string, Resource[]> => ({
  'service-accounts': serviceAccounts(values),
  prepare: prepareObjects(values),
  targets: targetObjects(values),
  budgets: ['gateway', 'auth', 'analytics', 'dispatcher', 'webhooks'].map(budget),
  engines: engineObjects(values),
  'network-policies': networkPolicies(values),
  sandbox: sandboxObjects(values),
  nats: natsObjects(values),
  postgres: postgresObjects(values),
  valkey: valkeyObjects(values),
  toolbox: toolboxObjects(values),
  keda: scalerObjects(values),
  ingress: ingressObjects(values),
  monitoring: monitoringObjects(values),
});
