import { expect, it } from 'vitest';
import { type BannerFacts, sendCurl, startBanner } from './banner.ts';

const facts: BannerFacts = {
  url: 'http://127.0.0.1:3000',
  mode: 'development',
  defaultNetwork: 'sandbox',
  startedInMs: 3210,
  dataDir: '/srv/.wam',
  webhookAllow: '',
  account: { kind: 'signed-in', email: 'owner@example.com', password: 'pass word', token: 'eyJ.to.ken' },
  session: { sessionId: '550e8400-e29b-41d4-a716-446655440000', phone: '15551230001' },
};

it('the banner names dashboard, API, documentation and the first account', () => {
  const banner = startBanner(facts);
  for (const text of [
    'http://127.0.0.1:3000/',
    '/api',
    '/docs',
    'owner@example.com',
    'pass word',
    '3.2 s',
    '/srv/.wam',
  ])
    expect(banner).toContain(text);
});

it('the curl of the banner stands on one line of its own and is complete', () => {
  const lines = startBanner(facts).split('\n');
  const curls = lines.filter((line) => line.startsWith('curl '));
  expect(curls).toHaveLength(2);
  expect(curls[0]).toContain('Bearer eyJ.to.ken');
  expect(curls[0]).toContain(facts.session?.sessionId);
  expect(curls[1]).toContain('/sandbox/phones/919876543210/inbox');
});

it('whatever is in the token stays inside its quotes', () => {
  const curl = sendCurl('http://127.0.0.1:3000', `to'k$en"`, 'session');
  expect(curl).toContain(`-H 'Authorization: Bearer to'\\''k$en"'`);
  expect(curl).toContain(`-d '{"to":"919876543210","message":"Hello from WAMessenger!"}'`);
});

it('the default network is told, and how to get the real one', () => {
  expect(startBanner(facts)).toContain('WAM_DEFAULT_NETWORK=whatsapp');
  expect(startBanner({ ...facts, defaultNetwork: 'whatsapp' })).toContain('real WhatsApp network');
});

it('without a linked session or an account there is no curl that would not work', () => {
  expect(startBanner({ ...facts, session: undefined })).not.toContain('curl');
  expect(startBanner({ ...facts, account: { kind: 'none' } })).not.toContain('curl');
  const refused = startBanner({ ...facts, account: { kind: 'refused', email: 'owner@example.com', reason: 'wrong' } });
  expect(refused).toContain('owner@example.com cannot log in: wrong');
  expect(refused).not.toContain('curl');
});

it('where webhooks may be sent is told, and how to allow receivers on this machine', () => {
  expect(startBanner(facts)).toContain('WEBHOOK_ALLOW=localhost,127.0.0.1 npm start');
  expect(startBanner({ ...facts, webhookAllow: '10.0.0.0/8' })).toContain('WEBHOOK_ALLOW also: 10.0.0.0/8');
});
