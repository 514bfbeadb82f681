export { findFreePort } from '@wam/local-infra';
export { type DeciderSpecification, specifyDecider, type Then } from './decider-specification.ts';
export { createTestDatabase, type TestDatabase } from './infra/create-test-database.ts';
export { type EventuallyOptions, eventually } from './infra/eventually.ts';
export { startTestNats, type TestNats } from './infra/start-test-nats.ts';
export { startTestNatsCluster, type TestNatsCluster } from './infra/start-test-nats-cluster.ts';
export { type TemporaryDirectory, temporaryDirectory } from './infra/temporary-directory.ts';
export { countByOwner, tablesWithoutWall } from './infra/tenant-wall.ts';
export { type QueryCost, watchPlans } from './infra/watch-plans.ts';
