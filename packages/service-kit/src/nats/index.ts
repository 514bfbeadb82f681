/** The only part of the platform that knows the NATS client. */
export * from './bucket.ts';
export * from './connect.ts';
export * from './consume-events.ts';
export * from './consume-work-queue.ts';
export * from './errors.ts';
export * from './permissions.ts';
export * from './publisher.ts';
export * from './queued-messages.ts';
export * from './read-events.ts';
export * from './replies.ts';
export * from './reply-inbox.ts';
export * from './requester.ts';
export * from './serve-requests.ts';
export * from './stored-messages.ts';
export * from './stream-snapshot.ts';
export * from './streams.ts';
export * from './subscribe-live.ts';
