export { type CallOptions, type ClientConfig, WamError } from './call.ts';
export { type Client, createClient } from './create-client.ts';
export * from './operations.generated.ts';
