/** The QR code of one session: fetched while the session waits for it, replaced when it expires. */
import { pauseMs, request } from './api.js';
import { act, element, notice } from './elements.js';

const retryMs = 5000;

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
  let qrCode = null;

  async function load() {
    let nextMs = retryMs;
    try {
      const answer = await request('GET', `/api/sessions/${sessionId}/qr`);
      if (!open) return;
      qrCode = answer.qrCode;
      if (qrCode !== null) {
        image.src = qrCode;
        nextMs = Math.max(1000, Date.parse(answer.expiresAt) - Date.now());
      }
      hint.textContent =
        qrCode === null ? 'Waiting for a code.' : 'Open WhatsApp, Linked devices, Link a device, and scan this code.';
    } catch (error) {
      hint.textContent = error.message;
    }
    image.hidden = qrCode === null;
    if (open) timer = setTimeout(() => void load(), pauseMs(nextMs));
  }

  function close() {
    open = false;
    clearTimeout(timer);
    qrCode = null;
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
