/** Names, labels and ports that objects share. Within an installation a part is `app.kubernetes.io/component`. */
import type { Values } from '../values.ts';

export const ports = {
  api: 3000,
  management: 9090,
  nats: 4222,
  natsCluster: 6222,
  natsMonitor: 8222,
  collector: 4318,
  sandbox: 3900,
  valkey: 6379,
};

export const nameLabel = { 'app.kubernetes.io/name': 'wamessenger' };
const component = 'app.kubernetes.io/component';

/** By which services, policies and budgets find the pods of a part. */
export const selectorOf = (name: string) => ({ ...nameLabel, [component]: name });
/** Of engines: what they serve. */
export const poolLabel = 'wam-pool';
/** Of pods that have the address of the database. */
export const storingLabel = { 'wam-stores': 'postgres' };

export const metaOf = (name: string, part = name) => ({ name, labels: selectorOf(part) });

export const imageOf = ({ image }: Values): string => `${image.repository}:${image.tag}`;
