import { describe, expect, it } from 'vitest';
import { consumerOfEpoch, supersededConsumers } from './command-consumers.ts';

describe('The command consumer of a partition', () => {
  it('supersedes those of earlier epochs of its partition, and no others', () => {
    const consumers = [
      consumerOfEpoch('sandbox', 3, 6),
      consumerOfEpoch('sandbox', 3, 7),
      consumerOfEpoch('sandbox', 3, 8),
      consumerOfEpoch('sandbox', 30, 6),
      consumerOfEpoch('sandbox-0e7c5c8e', 3, 6),
    ];
    expect(supersededConsumers(consumers, 'sandbox', 3, 7)).toEqual(['sandbox_p3_e6']);
  });

  it('supersedes that of the whole pool, from before there were partitions', () => {
    expect(supersededConsumers(['sandbox-e12', 'sandbox-tenant-e4'], 'sandbox', 3, 1)).toEqual(['sandbox-e12']);
  });
});
