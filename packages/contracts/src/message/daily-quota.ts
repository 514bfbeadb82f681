/**
 * Which failures of a message use up one of the day: those where WhatsApp was asked and has answered. A message to nobody is a look-up of a number,
 * which without a limit is what accounts are restricted for. Whatever else a message fails of is no fault of its sender, and is given back.
 */
export const verdictsOfWhatsApp = ['NOT_ON_WHATSAPP', 'RECIPIENT_RESTRICTED', 'WHATSAPP_REJECTED'] as const;

/** @param code of the error catalogue, or of a later release */
export const isGivenBack = (code: string): boolean => !verdictsOfWhatsApp.some((verdict) => verdict === code);
