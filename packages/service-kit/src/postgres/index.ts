/** The only part of the platform that knows the Postgres driver. */
export * from './advisory-lock.ts';
export { copyField, copyLine, copyLines } from './copy.ts';
export * from './database.ts';
export * from './dump.ts';
export * from './errors.ts';
export * from './guard-sealing.ts';
export * from './load-dump.ts';
export * from './migrate.ts';
export { prepareStatement } from './prepared.ts';
export * from './reseal.ts';
export { closeToTenants, databaseOfTenant, protectTenantRows, requestTenant } from './tenant-scope.ts';
export * from './unnest.ts';
