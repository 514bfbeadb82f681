export * from './disconnect-reason.ts';
export * from './failure-text.ts';
export * from './open-message.ts';
export * from './to-public-event.ts';
