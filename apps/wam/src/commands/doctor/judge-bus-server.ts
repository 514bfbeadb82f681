/** What `wam doctor` says of one server of the bus, by what its monitoring port tells. Pure. */
import Type, { type Static } from 'typebox';
import { type Finding, fault, ok, warning } from './finding.ts';
import { judgeRoom } from './judge-bus.ts';

/** Of `/varz`; sizes in bytes. */
export const busServerState = Type.Object({
  server_name: Type.String(),
  version: Type.String(),
  /** Empty where JetStream is off. */
  jetstream: Type.Object({
    config: Type.Optional(
      Type.Object({
        max_storage: Type.Integer(),
        /** Since 2.10, when it syncs at all. */
        sync_interval: Type.Optional(Type.Integer()),
        sync_always: Type.Optional(Type.Boolean()),
      }),
    ),
    stats: Type.Optional(Type.Object({ storage: Type.Integer() })),
  }),
});
export type BusServerState = Static<typeof busServerState>;

export function judgeBusServer(address: string, { server_name: name, jetstream }: BusServerState): Finding[] {
  // Without a name of its own a server has its public key for one.
  const server = /^N[A-Z2-7]{55}$/.test(name) ? address : name;
  const { config, stats } = jetstream;
  if (config === undefined || stats === undefined)
    return [
      fault(
        `store of ${server}`,
        'JetStream is off: it keeps nothing',
        'read its log; a full disk switches it off too',
      ),
    ];
  return [
    judgeRoom(server, { bytes: stats.storage, maxBytes: config.max_storage }, 'it will store nothing more'),
    isChosen(config.max_storage)
      ? ok(`store of ${server}`, 'max_file_store is set')
      : warning(
          `store of ${server}`,
          `its limit of ${config.max_storage} bytes looks like three quarters of what was free when it started, as it is without max_file_store: the next start may allow less than is stored`,
          'set max_file_store to what the disk has for it (docs/runbooks/VolumeNearlyFull.md)',
        ),
    ...(config.sync_interval === undefined || config.sync_always === true
      ? []
      : [
          warning(
            `disk of ${server}`,
            `is written to every ${config.sync_interval / 1e9} s: a power cut loses what was acknowledged since`,
            'set `sync_interval: always`',
          ),
        ]),
  ];
}

/** Whoever sets a limit sets a round one; three quarters of what is free is round once in some hundred times. */
const isChosen = (bytes: number): boolean => bytes % 1024 ** 2 === 0 || bytes % 1_000_000 === 0;
