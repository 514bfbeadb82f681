export * from './decider-specification.ts';
