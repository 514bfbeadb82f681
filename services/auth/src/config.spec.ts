import { plans } from '@wam/contracts';
import { ConfigError } from '@wam/service-kit';
import { describe, expect, it } from 'vitest';
import { loadAuthConfig } from './config.ts';

const env = { DATABASE_URL: 'postgres://localhost/x', WAM_KEK: Buffer.alloc(32).toString('base64') };
const own = { solo: { name: 'Solo', pricePerMonth: 0, sessions: 2, messagesPerDay: 500, features: ['webhooks'] } };
const faultsOf = (more: Record<string, string>): readonly { variable: string; problem: string }[] => {
  try {
    loadAuthConfig({ ...env, ...more });
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
};

describe('plans', () => {
  it('are the documented ones when nothing is said', () => {
    expect(loadAuthConfig(env)).toMatchObject({ plans, DEFAULT_PLAN: 'trial' });
  });
  it('can be replaced', () => {
    expect(loadAuthConfig({ ...env, PLANS: JSON.stringify(own), DEFAULT_PLAN: 'solo' }).plans).toEqual(own);
  });
  it('must have the default one among them', () => {
    expect(faultsOf({ PLANS: JSON.stringify(own) })).toEqual([
      { variable: 'DEFAULT_PLAN', problem: 'is "trial"', expected: 'one of solo' },
    ]);
    expect(faultsOf({ DEFAULT_PLAN: 'toString' })).toMatchObject([{ variable: 'DEFAULT_PLAN' }]);
  });
  it('are told with all their faults at once', () => {
    const broken = { Solo: own.solo, duo: { ...own.solo, sessions: -1, features: ['flying'] }, trio: {} };
    const problems = faultsOf({ PLANS: JSON.stringify(broken) }).map(({ problem }) => problem);
    for (const part of ['duo.sessions', 'duo.features.0', 'trio'])
      expect(
        problems.some((problem) => problem.startsWith(part)),
        `${part} in ${problems}`,
      ).toBe(true);
    expect(problems.join()).toContain('Solo');
  });
  it.each(['{', '[]', '{}', 'null', '"x"'])('are refused as %s', (text) => {
    expect(faultsOf({ PLANS: text })).not.toHaveLength(0);
  });
});
