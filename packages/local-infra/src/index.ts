export { type ClusterTool, locateClusterNatsServer, locateClusterTool } from './cluster-tools/locate-cluster-tool.ts';
export { provisionClusterTools } from './cluster-tools/provision-cluster-tools.ts';
export { findFreePort } from './free-port.ts';
export {
  AlreadyRunningError,
  acquireInstanceLock,
  type InstanceInfo,
  type InstanceLock,
} from './instance-lock.ts';
export {
  cachedNatsServerPath,
  locateNatsServer,
  type NatsServerBinary,
  natsServerVersion,
} from './nats/locate-nats-server.ts';
export { type ProvisionNatsOptions, provisionNatsServer } from './nats/provision/provision-nats-server.ts';
export {
  type LocalNats,
  type LocalNatsOptions,
  localNatsPid,
  localNatsUrl,
  startLocalNats,
} from './nats/start-local-nats.ts';
export { locatePostgres, type PostgresBinaries } from './postgres/locate-postgres.ts';
export { provisionPostgres } from './postgres/provision-postgres.ts';
export {
  type LocalPostgres,
  type LocalPostgresOptions,
  localPostgresPid,
  localPostgresUrl,
  startLocalPostgres,
} from './postgres/start-local-postgres.ts';
export { isRunning, processIdentity } from './process/process-identity.ts';
export { locateBrowser } from './test-programs/locate-browser.ts';
export { provisionTestPrograms } from './test-programs/provision-test-programs.ts';
