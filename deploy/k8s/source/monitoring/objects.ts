import type { Resource } from '../objects/resource.ts';
import { when } from '../parameters.ts';
import type { Values } from '../values.ts';
import { podMonitor } from './scrape.ts';

export const monitoringObjects = (values: Values): Resource[] =>
  [podMonitor(values)].map((object) => when(values.monitoring.enabled, object));
