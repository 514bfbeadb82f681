import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import type { INetworkPolicySpec } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicySpec';
import { nameLabel } from './names.ts';

export const policy = (name: string, spec: INetworkPolicySpec): INetworkPolicy => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name, labels: nameLabel },
  spec,
});

export const tcp = (...numbers: number[]) => numbers.map((port) => ({ protocol: 'TCP' as const, port }));
