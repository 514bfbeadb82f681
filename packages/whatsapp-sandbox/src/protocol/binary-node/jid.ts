/** A WhatsApp address, `user[:device]@server`. `device` is absent for device 0, the phone. */
export interface Jid {
  user: string;
  server: string;
  device?: number;
}

/** Servers whose device jids have the compact form on the wire, by its domain byte. */
export const JID_DOMAINS: ReadonlyMap<number, string> = new Map([
  [0, 's.whatsapp.net'],
  [1, 'lid'],
  [128, 'hosted'],
  [129, 'hosted.lid'],
]);

const JID_SHAPE = /^([^@:\s]*)(?::(\d{1,5}))?@([^@:\s]+)$/;

/**
 * Reads `user@server` or `user:device@server`; `user` may be empty (`@s.whatsapp.net` is the server itself).
 * Undefined for anything else.
 */
export function parseJid(text: string): Jid | undefined {
  const parts = JID_SHAPE.exec(text);
  if (!parts) return undefined;
  const [, user = '', device, server = ''] = parts;
  const deviceNumber = device === undefined ? 0 : Number(device);
  return deviceNumber === 0 ? { user, server } : { user, server, device: deviceNumber };
}

/** The text form; device 0 is left out, as WhatsApp does. */
export function formatJid(jid: Jid): string {
  return `${jid.user}${jid.device ? `:${jid.device}` : ''}@${jid.server}`;
}
