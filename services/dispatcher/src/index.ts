export { type DispatcherConfig, dispatcherSettings, loadDispatcherConfig } from './config.ts';
export { createDispatcher, type DispatcherDeps } from './create-dispatcher.ts';
export { dispatcherSealed } from './storage/sealed-columns.ts';
