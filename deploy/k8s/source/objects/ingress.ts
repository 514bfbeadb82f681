import { isGiven, when } from '../parameters.ts';
import type { Values } from '../values.ts';
import { metaOf } from './names.ts';
import type { Resource } from './resource.ts';

/** The way in from outside. Long answers and sockets need a controller that does not cut them; its timeouts are annotations of its own. */
export const ingressObjects = ({ ingress }: Values): Resource[] => [
  when(ingress.enabled, {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { ...metaOf('gateway'), annotations: when(isGiven(ingress.annotations), ingress.annotations) },
    spec: {
      ingressClassName: ingress.className,
      tls: [{ hosts: [ingress.host], secretName: ingress.tlsSecret }],
      rules: [
        {
          host: ingress.host,
          http: {
            paths: [
              { path: '/', pathType: 'Prefix', backend: { service: { name: 'gateway', port: { name: 'http' } } } },
            ],
          },
        },
      ],
    },
  }),
];
