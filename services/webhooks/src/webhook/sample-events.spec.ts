import { publicEvents, publicEventTypes } from '@wam/contracts';
import { Value } from 'typebox/value';
import { expect, it } from 'vitest';
import { sampleData, samplePayload } from './sample-events.ts';

it.each(publicEventTypes)('the sample of %s is one as its schema says', (type) => {
  expect([...Value.Errors(publicEvents[type], sampleData[type])]).toEqual([]);
  expect(samplePayload(type, 'evt_1', new Date(0))).toMatchObject({ id: 'evt_1', type, data: sampleData[type] });
});
