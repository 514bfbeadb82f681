import { Agent } from 'node:https';
import { expect, it } from 'vitest';
import { createSandbox } from '../src/index.ts';
import { jidOf, openLinked, until } from './baileys-client.ts';

/** Self-signed for 127.0.0.1, valid until 2126. Protects nothing. */
const TEST_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg7Eb9/rmv14Rcv1kO
iSFCOHVMCAu37P959fEmQz2aFuahRANCAAR8d2ux5JQb77yNgFJLR+tjyZ0jpxKT
o9BYCHeX8TKtjtFd4zd/4fLLg0B67MerREmBasTfy3kDFQwuBwPWS3HV
-----END PRIVATE KEY-----
`;
const TEST_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBqjCCAU+gAwIBAgIUNl/5OdgmKgsHF+nV8unWdHrtD7IwCgYIKoZIzj0EAwIw
GzEZMBcGA1UEAwwQd2FtLXNhbmRib3gtdGVzdDAgFw0yNjExMjMwODQ0NDlaGA8y
MTI2MTAzMDA4NDQ0OVowGzEZMBcGA1UEAwwQd2FtLXNhbmRib3gtdGVzdDBZMBMG
ByqGSM49AgEGCCqGSM49AwEHA0IABHx3a7HklBvvvI2AUktH62PJnSOnEpOj0FgI
d5fxMq2O0V3jN3/h8suDQHrsx6tESYFqxN/LeQMVDC4HA9ZLcdWjbzBtMB0GA1Ud
DgQWBBSzmSD+hq24I/qEDgDV/ab4gSfaIzAfBgNVHSMEGDAWgBSzmSD+hq24I/qE
DgDV/ab4gSfaIzAPBgNVHRMBAf8EBTADAQH/MBoGA1UdEQQTMBGHBH8AAAGCCWxv
Y2FsaG9zdDAKBggqhkjOPQQDAgNJADBGAiEAx4ogVJnRadFpwJD8yHnvIWGt8yTH
gUF+RFeOZgyJCB0CIQDLvebdXJVkSMsx5zgU7sPrnQNwLkWEjQkhuLuLWUpkUQ==
-----END CERTIFICATE-----
`;

it('the network is served over wss as well, on the port of its admin routes', async () => {
  await using sandbox = createSandbox({ tls: { key: TEST_KEY, cert: TEST_CERTIFICATE } });
  await sandbox.start();
  expect(sandbox.url).toMatch(/^wss:/);
  const agent = new Agent({ ca: TEST_CERTIFICATE });
  const { sock } = await openLinked(sandbox, '15550000001', { config: { agent } });
  await sock.sendMessage(jidOf('15550000002'), { text: 'over TLS' });
  expect(await until(() => sandbox.inbox({ phone: '15550000002', owner: 'tenant-a' }))).toHaveLength(1);
  await sock.end(undefined);
});
