import QRCode from 'qrcode';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSandbox, type Sandbox } from '../src/index.ts';
import { connect, memoryAuth, open, openLinked, until } from './baileys-client.ts';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = createSandbox();
  await sandbox.start();
});
afterEach(() => sandbox.stop());

describe('linking by QR', () => {
  it('takes the code as text, restarts the client with 515, lets it log in and opens', async () => {
    let codes = '';
    const { sock, auth } = await open(sandbox, {
      onQr: (qr) => {
        codes += qr;
        return sandbox.scanQr({ qr, phone: '15550000001', name: 'Ada', owner: 'tenant-a' });
      },
    });
    expect(codes).toMatch(/^https:\/\/wa\.me\/settings\/linked_devices#/);
    expect(auth.state.creds.me).toMatchObject({ id: '15550000001:1@s.whatsapp.net', name: 'Ada' });
    await until(() => sandbox.linkedPhones('tenant-a')[0]?.devices[0]?.online);
    expect(sandbox.linkedPhones('tenant-a')).toMatchObject([
      { phone: '15550000001', devices: [{ owner: 'tenant-a', preKeys: 812 }] },
    ]);
    expect(sandbox.linkedPhones('tenant-b')).toEqual([]);
    expect(sandbox.stanzas().unknown).toEqual({});
    await sock.end(undefined);
  });

  it('takes the code as PNG data URL, with a free number of its own choice', async () => {
    const linked = Promise.withResolvers<string>();
    const { sock } = await open(sandbox, {
      onQr: async (qr) => {
        const image = await QRCode.toDataURL(qr);
        linked.resolve((await sandbox.scanQr({ qr: image, owner: 'tenant-a' })).phone);
      },
    });
    expect(sock.user?.id).toBe(`${await linked.promise}:1@s.whatsapp.net`);
    await sock.end(undefined);
  });

  it('answers the raw code on the admin route, and its root key', async () => {
    const http = sandbox.url.replace('ws:', 'http:').replace('/ws/chat', '');
    const answer = Promise.withResolvers<unknown>();
    const { sock } = await open(sandbox, {
      onQr: async (qr) => {
        const response = await fetch(`${http}/admin/mock-phone/scan-qr`, { method: 'POST', body: qr });
        answer.resolve({ status: response.status, body: await response.json() });
      },
    });
    expect(await answer.promise).toMatchObject({ status: 200, body: { phone: expect.stringMatching(/^1555\d{7}$/) } });
    const root = await (await fetch(`${http}/admin/noise-root`)).text();
    expect(Buffer.from(root, 'base64')).toEqual(sandbox.noiseRootPublicKey);
    await sock.end(undefined);
  });
});

describe('a refused scan', () => {
  const scan = (qr: string, owner = 'tenant-a', phone?: string) =>
    sandbox.scanQr({ qr, owner, ...(phone && { phone }) });
  const shownQr = (options?: { owner: string }) =>
    new Promise<string>((resolve) => {
      const url = options ? `${sandbox.url}?owner=${options.owner}` : sandbox.url;
      const sock = connect({ url, noiseRootPublicKey: sandbox.noiseRootPublicKey }, memoryAuth());
      sock.ev.on('connection.update', ({ qr }) => qr && resolve(qr));
    });

  it.each([
    ['text that is no code', 'hello'],
    ['an image that is no PNG', 'data:image/jpeg;base64,AAAA'],
    ['a damaged PNG', `data:image/png;base64,${Buffer.alloc(64).toString('base64')}`],
    ['a PNG that claims to be huge', hugePng()],
  ])('says QR_UNREADABLE for %s', async (_, qr) => {
    await expect(scan(qr)).rejects.toMatchObject({ code: 'QR_UNREADABLE' });
  });

  it('says QR_EXPIRED once the code was used', async () => {
    const codes: string[] = [];
    const { sock } = await openLinked(sandbox, '15550000001', {
      onSocket: (socket) => socket.ev.on('connection.update', ({ qr }) => qr && codes.push(qr)),
    });
    await expect(scan(codes[0] ?? '')).rejects.toMatchObject({ code: 'QR_EXPIRED' });
    await sock.end(undefined);
  });

  it('says QR_EXPIRED to anybody but the owner the client named', async () => {
    await expect(scan(await shownQr({ owner: 'tenant-b' }))).rejects.toMatchObject({ code: 'QR_EXPIRED' });
  });

  it('says UNKNOWN_PHONE for what is no number, or not on WhatsApp', async () => {
    const qr = await shownQr();
    await expect(scan(qr, 'tenant-a', '12')).rejects.toMatchObject({ code: 'UNKNOWN_PHONE' });
    await expect(scan(qr, 'tenant-a', '19990000003')).rejects.toMatchObject({ code: 'UNKNOWN_PHONE' });
  });

  it('says PHONE_IN_USE for a number linked by another owner, until that one unlinks it', async () => {
    const { sock } = await openLinked(sandbox, '15550000001', { owner: 'tenant-a' });
    await expect(scan(await shownQr(), 'tenant-b', '15550000001')).rejects.toMatchObject({ code: 'PHONE_IN_USE' });
    sandbox.unlink({ phone: '15550000001', owner: 'tenant-a' });
    await expect(scan(await shownQr(), 'tenant-b', '15550000001')).resolves.toMatchObject({ phone: '15550000001' });
    await sock.end(undefined);
  });
});

describe('linking by pairing code', () => {
  it('links when the phone enters the code the client shows', async () => {
    const phone = '15550000003';
    const { sock } = await open(sandbox, {
      onQr: async (_, client) => {
        const code = await client.requestPairingCode(phone);
        await sandbox.enterPairingCode({ phone, code, owner: 'tenant-a' });
      },
    });
    expect(sock.user?.id).toBe(`${phone}:1@s.whatsapp.net`);
    expect(sandbox.stanzas().unknown).toEqual({});
    await sock.end(undefined);
  });

  it('says QR_EXPIRED when nobody asked for a code, QR_UNREADABLE when it is wrong', async () => {
    const phone = '15550000003';
    const enter = (code: string) => sandbox.enterPairingCode({ phone, code, owner: 'tenant-a' });
    await expect(enter('ABCD1234')).rejects.toMatchObject({ code: 'QR_EXPIRED' });
    const sock = connect(sandbox, memoryAuth());
    await new Promise((resolve) => sock.ev.on('connection.update', ({ qr }) => qr && resolve(qr)));
    const code = await sock.requestPairingCode(phone);
    await expect(enter(code.replace(/./, (first) => (first === 'A' ? 'B' : 'A')))).rejects.toMatchObject({
      code: 'QR_UNREADABLE',
    });
    await sock.end(undefined);
  });
});

/** A PNG header of 100000 x 100000 pixels: must be refused before anything of that size is allocated. */
function hugePng(): string {
  const file = Buffer.alloc(64);
  Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex').copy(file);
  file.writeUInt32BE(100_000, 16);
  file.writeUInt32BE(100_000, 20);
  return `data:image/png;base64,${file.toString('base64')}`;
}
