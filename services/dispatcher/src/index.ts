export { type DispatcherConfig, dispatcherSettings, loadDispatcherConfig } from './config.ts';
export { createDispatcher, type DispatcherDeps } from './create-dispatcher.ts';
export { migrations as dispatcherMigrations } from './storage/migrations.ts';
export { dispatcherSealed } from './storage/sealed-columns.ts';
