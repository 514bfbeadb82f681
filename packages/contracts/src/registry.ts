/** Everything the contracts define, listed once. Generators, validators and the gateway's routes read it. */
import type { TObject } from 'typebox';
import * as account from './auth/account-operations.ts';
import * as apiKey from './auth/api-key-operations.ts';
import { accountEvents } from './auth/events.ts';
import * as auth from './auth/operations.ts';
import * as bulk from './campaign/bulk-send.ts';
import { campaignEvents } from './campaign/events.ts';
import * as campaign from './campaign/operations.ts';
import { getCampaignStats } from './campaign/queries.ts';
import * as recipient from './campaign/recipient-operations.ts';
import * as contact from './contact/operations.ts';
import * as feed from './feed/operations.ts';
import * as legacy from './legacy/operations.ts';
import { messageCommands } from './message/commands.ts';
import { messageEvents } from './message/events.ts';
import * as message from './message/operations.ts';
import * as messages from './message/queries.ts';
import type { OperationDefinition } from './operation.ts';
import * as sandbox from './sandbox/operations.ts';
import { placementCommands, sessionCommands } from './session/commands.ts';
import { sessionEvents } from './session/events.ts';
import * as session from './session/operations.ts';
import type { EventDomain } from './subjects.ts';
import * as suppression from './suppression/operations.ts';
import * as webhookDelivery from './webhook/delivery-operations.ts';
import { webhookEvents } from './webhook/events.ts';
import * as webhook from './webhook/operations.ts';

/** Order is the order of the API reference. */
export const operations = {
  register: auth.register,
  login: auth.login,
  refreshTokens: account.refreshTokens,
  logOut: account.logOut,
  changePassword: account.changePassword,
  getMe: account.getMe,
  updateMe: account.updateMe,
  listAudit: account.listAudit,
  createApiKey: apiKey.createApiKey,
  listApiKeys: apiKey.listApiKeys,
  revokeApiKey: apiKey.revokeApiKey,
  createSession: session.createSession,
  listSessions: session.listSessions,
  getSession: session.getSession,
  updateSession: session.updateSession,
  connectSession: session.connectSession,
  disconnectSession: session.disconnectSession,
  getSessionQr: session.getSessionQr,
  requestPairingCode: session.requestPairingCode,
  getSessionStatus: session.getSessionStatus,
  getSessionUptime: session.getSessionUptime,
  deleteSession: session.deleteSession,
  sendMessage: message.sendMessage,
  sendMessageBatch: message.sendMessageBatch,
  resendMessage: message.resendMessage,
  bulkSend: bulk.bulkSend,
  createCampaign: campaign.createCampaign,
  listCampaigns: campaign.listCampaigns,
  getCampaign: campaign.getCampaign,
  getCampaignStats,
  uploadRecipients: recipient.uploadRecipients,
  previewCampaign: recipient.previewCampaign,
  startCampaign: campaign.startCampaign,
  pauseCampaign: campaign.pauseCampaign,
  resumeCampaign: campaign.resumeCampaign,
  cancelCampaign: campaign.cancelCampaign,
  retryCampaign: campaign.retryCampaign,
  listCampaignRecipients: recipient.listCampaignRecipients,
  listCampaignEvents: campaign.listCampaignEvents,
  exportCampaign: recipient.exportCampaign,
  listSuppressions: suppression.listSuppressions,
  addSuppressions: suppression.addSuppressions,
  importSuppressions: suppression.importSuppressions,
  exportSuppressions: suppression.exportSuppressions,
  removeSuppression: suppression.removeSuppression,
  getOptOutWords: suppression.getOptOutWords,
  setOptOutWords: suppression.setOptOutWords,
  listMessages: messages.listMessages,
  getMessage: messages.getMessage,
  getMessageStats: messages.getMessageStats,
  getMessageLatency: messages.getMessageLatency,
  listFailedMessages: messages.listFailedMessages,
  listEvents: feed.listEvents,
  createEventsTicket: feed.createEventsTicket,
  checkContacts: contact.checkContacts,
  createWebhook: webhook.createWebhook,
  listWebhooks: webhook.listWebhooks,
  getWebhook: webhook.getWebhook,
  updateWebhook: webhook.updateWebhook,
  deleteWebhook: webhook.deleteWebhook,
  testWebhook: webhook.testWebhook,
  pauseWebhook: webhook.pauseWebhook,
  resumeWebhook: webhook.resumeWebhook,
  rotateWebhookSecret: webhook.rotateWebhookSecret,
  listWebhookDeliveries: webhookDelivery.listWebhookDeliveries,
  getWebhookDelivery: webhookDelivery.getWebhookDelivery,
  resendWebhookDelivery: webhookDelivery.resendWebhookDelivery,
  replayWebhook: webhookDelivery.replayWebhook,
  initWhatsApp: legacy.initWhatsApp,
  getWhatsAppQr: legacy.getWhatsAppQr,
  getWhatsAppStatus: legacy.getWhatsAppStatus,
  sendWhatsAppMessage: legacy.sendWhatsAppMessage,
  scanQr: sandbox.scanQr,
  enterPairingCode: sandbox.enterPairingCode,
  simulateIncomingMessage: sandbox.simulateIncomingMessage,
  getInbox: sandbox.getInbox,
  injectFault: sandbox.injectFault,
} as const satisfies Record<string, OperationDefinition>;
export type OperationId = keyof typeof operations;
export const operationList: readonly OperationDefinition[] = Object.values(operations);

export const eventSchemas = {
  account: accountEvents,
  session: sessionEvents,
  message: messageEvents,
  campaign: campaignEvents,
  webhook: webhookEvents,
} as const satisfies Record<EventDomain, Record<string, TObject>>;

export const commandSchemas = {
  ...sessionCommands,
  ...placementCommands,
  ...messageCommands,
} as const satisfies Record<string, TObject>;
export type CommandType = keyof typeof commandSchemas;
