/**
 * The part of CloudNativePG's Cluster (postgresql.cnpg.io/v1, operator 1.25 or later) that is used here, since there is no package of its types. The schema
 * refuses other keys.
 */
import Type, { type Static } from 'typebox';

const strict = { additionalProperties: false };
const quantity = Type.String({ minLength: 1 });

export const postgresClusterSchema = Type.Object(
  {
    apiVersion: Type.Literal('postgresql.cnpg.io/v1'),
    kind: Type.Literal('Cluster'),
    metadata: Type.Object(
      {
        name: Type.String(),
        namespace: Type.Optional(Type.String()),
        labels: Type.Record(Type.String(), Type.String()),
      },
      strict,
    ),
    spec: Type.Object(
      {
        instances: Type.Integer({ minimum: 1 }),
        imageName: Type.String(),
        primaryUpdateStrategy: Type.Enum(['unsupervised', 'supervised']),
        enablePDB: Type.Boolean(),
        storage: Type.Object({ size: quantity, storageClass: Type.Optional(Type.String()) }, strict),
        bootstrap: Type.Object(
          {
            initdb: Type.Object(
              {
                database: Type.String(),
                owner: Type.String(),
                dataChecksums: Type.Boolean(),
                secret: Type.Object({ name: Type.String() }, strict),
              },
              strict,
            ),
          },
          strict,
        ),
        managed: Type.Object(
          {
            roles: Type.Array(
              Type.Object(
                {
                  name: Type.String(),
                  ensure: Type.Enum(['present', 'absent']),
                  login: Type.Boolean(),
                  createrole: Type.Boolean(),
                  passwordSecret: Type.Object({ name: Type.String() }, strict),
                },
                strict,
              ),
            ),
          },
          strict,
        ),
        postgresql: Type.Object(
          {
            parameters: Type.Record(Type.String(), Type.String()),
            synchronous: Type.Object(
              {
                method: Type.Enum(['any', 'first']),
                number: Type.Integer({ minimum: 1 }),
                dataDurability: Type.Enum(['required', 'preferred']),
              },
              strict,
            ),
            pg_hba: Type.Array(Type.String()),
          },
          strict,
        ),
        resources: Type.Object({}, { additionalProperties: true }),
        affinity: Type.Object(
          { enablePodAntiAffinity: Type.Boolean(), topologyKey: Type.String(), podAntiAffinityType: Type.String() },
          strict,
        ),
      },
      strict,
    ),
  },
  strict,
);
export type PostgresCluster = Static<typeof postgresClusterSchema>;
