export * from './checkpoint.ts';
export * from './command-handler.ts';
export * from './decider.ts';
export * from './event-store.ts';
export * from './jetstream-event-store.ts';
export * from './log-follower.ts';
export * from './memory-event-store.ts';
export * from './outbox-relay.ts';
