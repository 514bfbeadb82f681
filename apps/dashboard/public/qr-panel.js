/** The QR code of one session: fetched when the page finds it waiting, replaced by those that the feed brings. */
import { request } from './api.js';
import { act, element, notice } from './elements.js';

export function qrPanel(sessionId, changed) {
  const image = element('img', { alt: 'QR code that links a phone to this session', width: 220, height: 220 });
  const hint = element('p', { className: 'facts' });
  const scan = element('button', { type: 'button' }, 'Scan with a simulated phone');
  const node = element(
    'div',
    { className: 'qr', hidden: true },
    image,
    hint,
    element('div', { className: 'row' }, scan),
  );
  let timer;
  let open = false;

  async function load() {
    try {
      const { qrCode, expiresAt } = await request('GET', `/api/sessions/${sessionId}/qr`);
      if (open) draw(qrCode, expiresAt);
    } catch (error) {
      hint.textContent = error.message;
    }
  }
  function draw(qrCode, expiresAt) {
    clearTimeout(timer);
    image.hidden = qrCode === null;
    hint.textContent =
      qrCode === null ? 'Waiting for a code.' : 'Open WhatsApp, Linked devices, Link a device, and scan this code.';
    if (qrCode === null) return;
    image.src = qrCode;
    // The next one comes by itself; until then there is none to scan.
    timer = setTimeout(() => draw(null), Math.max(0, Date.parse(expiresAt) - Date.now()));
  }

  function close() {
    open = false;
    clearTimeout(timer);
    node.hidden = true;
    image.removeAttribute('src');
  }

  scan.addEventListener('click', () => {
    void act(scan, async () => {
      // The code on the page may have been replaced since: the phone gets the one that is valid now.
      const current = await request('GET', `/api/sessions/${sessionId}/qr`);
      if (current.qrCode === null) throw new Error('There is no code to scan at the moment.');
      const { phone } = await request('POST', '/sandbox/phones/scan', { qrCode: current.qrCode });
      notice(`Simulated phone ${phone} scanned the code.`);
      changed();
    });
  });

  return {
    node,
    close,
    /** A code from the feed. Null for those who may not see it: asked for then. */
    issued({ qrCode, expiresAt }) {
      open = true;
      node.hidden = false;
      if (qrCode === null) void load();
      else draw(qrCode, expiresAt);
    },
    /** What is shown may be old. */
    refresh() {
      if (open) void load();
    },
    show(session) {
      scan.hidden = session.network !== 'sandbox';
      const waits = session.status === 'pending' || session.hasQR;
      if (!waits) close();
      else if (!open) {
        open = true;
        node.hidden = false;
        image.hidden = true;
        hint.textContent = 'Fetching the code.';
        void load();
      }
    },
  };
}
