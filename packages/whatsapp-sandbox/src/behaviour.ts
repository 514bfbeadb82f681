/** How the network and its simulated users behave when no fault says otherwise. Times in milliseconds. */
export interface SandboxBehaviour {
  /** From the message's arrival at the simulated phone to its delivery receipt. */
  deliveryDelayMs: number;
  /** From the delivery receipt to the read receipt. */
  readDelayMs: number;
  /** How long the magic slow recipient keeps the sender waiting for the server's ack. */
  slowAckDelayMs: number;
  /** Whether a number never seen before is on WhatsApp; if false only numbers linked or registered by hand are. */
  autoRegister: boolean;
  /**
   * How a device query answers for a number that is not on WhatsApp. Both forms are accepted by Baileys; which one the
   * real service sends is not verified. With `error` a send rejects, with `empty` it goes out and is nacked 404.
   */
  unknownNumberDevices: 'empty' | 'error';
  /** Hosts offered for media uploads (`host` or `host:port`, https); none by default, so uploads are refused. */
  mediaHosts: readonly string[];
  /** QR refs handed to a client that registers. */
  qrRefs: number;
}

export const DEFAULT_BEHAVIOUR: SandboxBehaviour = {
  deliveryDelayMs: 20,
  readDelayMs: 60,
  slowAckDelayMs: 30_000,
  autoRegister: true,
  unknownNumberDevices: 'empty',
  mediaHosts: [],
  qrRefs: 6,
};
