/** How a stream is spread over the servers of a cluster. */
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';

export interface StreamCopies {
  /** Copies it is to have. */
  wanted: number;
  /** Server that writes; none during an election. */
  leader: string | undefined;
  /** Servers that have everything, the leader among them. */
  current: string[];
  /** Servers that are away, or behind. */
  behind: string[];
}

/** Of a server without a cluster, one copy without a name. @throws JetStreamApiError 10059 when there is no such stream */
export async function streamCopies(nc: NatsConnection, stream: string): Promise<StreamCopies> {
  const jsm = await jetstreamManager(nc, { checkAPI: false });
  const { config, cluster } = await jsm.streams.info(stream);
  const wanted = config.num_replicas;
  if (cluster === undefined) return { wanted, leader: undefined, current: [''], behind: [] };
  const { leader, replicas = [] } = cluster;
  // Without a leader nobody can say how far the others are.
  if (!leader) return { wanted, leader: undefined, current: [], behind: replicas.map(({ name }) => name) };
  const isCurrent = ({ current, offline }: { current: boolean; offline?: boolean }) => current && !offline;
  return {
    wanted,
    leader,
    current: [leader, ...replicas.filter(isCurrent).map(({ name }) => name)],
    behind: replicas.filter((replica) => !isCurrent(replica)).map(({ name }) => name),
  };
}
