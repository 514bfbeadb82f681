// Generated from packages/contracts by `npm run contracts:generate`. Do not edit.
import type { CallOptions, UploadBody } from './call.ts';

export type RegisterInput = {
  body: {
    /** E-mail address. Case and spaces around it make no difference */
    email: string;
    /** At least 8 characters */
    password: string;
    /** Defaults to the part before the @ */
    username?: string;
  };
};

export type RegisterAnswer = {
  message: string;
  /** Access token for the Authorization header */
  token: string;
  /** Exchange it at /api/token/refresh for a new pair; each works once */
  refreshToken: string;
  user: {
    /** UUID in lower case */
    userId: string;
    email: string;
    username: string;
  };
};

export type LoginInput = {
  body: {
    email: string;
    password: string;
  };
};

export type LoginAnswer = {
  message: string;
  /** Access token for the Authorization header */
  token: string;
  /** Exchange it at /api/token/refresh for a new pair; each works once */
  refreshToken: string;
  user: {
    /** UUID in lower case */
    userId: string;
    email: string;
    username: string;
  };
};

export type RefreshTokensInput = {
  body: {
    /** Refresh token of the last login or refresh */
    refreshToken: string;
  };
};

export type RefreshTokensAnswer = {
  token: string;
  refreshToken: string;
};

export type LogOutInput = {
  body?: {
    /** Refresh token of the last login or refresh */
    refreshToken?: string;
    /** Also end every other login and its access tokens */
    everywhere?: boolean;
  };
};

export type LogOutAnswer = {
  success: boolean;
  message: string;
};

export type ChangePasswordInput = {
  body: {
    currentPassword: string;
    /** At least 8 characters */
    newPassword: string;
  };
};

export type ChangePasswordAnswer = {
  message: string;
  token: string;
  refreshToken: string;
};

export type GetMeAnswer = {
  /** UUID in lower case */
  userId: string;
  email: string;
  username: string;
  /** IANA time zone */
  timeZone: string;
  /** UTC instant */
  createdAt: string;
  plan: {
    id: string;
    name: string;
    /** INR */
    pricePerMonth: number;
    features: string[];
  };
  limits: {
    sessions: number;
    messagesPerDay: number;
  };
  usage: {
    sessions: number;
    messagesToday: number;
    /** When the day of the account ends; UTC instant */
    resetsAt: string;
  };
};

export type UpdateMeInput = {
  body?: {
    username?: string;
    /** IANA time zone */
    timeZone?: string;
  };
};

export type UpdateMeAnswer = {
  /** UUID in lower case */
  userId: string;
  email: string;
  username: string;
  /** IANA time zone */
  timeZone: string;
  /** UTC instant */
  createdAt: string;
  plan: {
    id: string;
    name: string;
    /** INR */
    pricePerMonth: number;
    features: string[];
  };
  limits: {
    sessions: number;
    messagesPerDay: number;
  };
  usage: {
    sessions: number;
    messagesToday: number;
    /** When the day of the account ends; UTC instant */
    resetsAt: string;
  };
};

export type ListAuditInput = {
  query?: {
    limit?: number;
    /** nextCursor of the page before */
    cursor?: string;
  };
};

export type ListAuditAnswer = {
  data: {
    id: string;
    action: string;
    /** `user`, `key:<id>`, `operator` or `anonymous` */
    actor: string;
    /** Id of what it was done to */
    subject: string | null;
    requestId: string;
    /** UTC instant */
    at: string;
    details: Record<string, unknown>;
  }[];
  hasMore: boolean;
  nextCursor: string | null;
};

export type CreateApiKeyInput = {
  body: {
    name: string;
    mode?: "live" | "test";
    scopes?: ("read" | "send" | "manage")[];
  };
};

export type CreateApiKeyAnswer = {
  /** API key id */
  keyId: string;
  name: string;
  /** test: reaches sandbox sessions only */
  mode: "live" | "test";
  scopes: ("read" | "send" | "manage")[];
  /** First characters of the key, to tell keys apart */
  prefix: string;
  /** UTC instant */
  createdAt: string;
  /** Accurate to about a minute */
  lastUsedAt: string | null;
  /** Shown once */
  key: string;
};

export type ListApiKeysAnswer = {
  keys: {
    /** API key id */
    keyId: string;
    name: string;
    /** test: reaches sandbox sessions only */
    mode: "live" | "test";
    scopes: ("read" | "send" | "manage")[];
    /** First characters of the key, to tell keys apart */
    prefix: string;
    /** UTC instant */
    createdAt: string;
    /** Accurate to about a minute */
    lastUsedAt: string | null;
  }[];
  total: number;
};

export type RevokeApiKeyInput = {
  params: {
    /** API key id */
    keyId: string;
  };
};

export type RevokeApiKeyAnswer = {
  success: boolean;
  message: string;
};

export type CreateSessionInput = {
  body?: {
    name?: string;
    description?: string;
    /** sandbox: the built-in simulated network; whatsapp: the real one */
    network?: "sandbox" | "whatsapp";
    /** Your own keys and values, echoed in every event of the session; at most 20, keys up to 64 characters */
    metadata?: Record<string, string>;
  };
};

export type CreateSessionAnswer = {
  success: boolean;
  /** UUID in lower case */
  sessionId: string;
  name: string;
  /** connecting: initialising; pending: waiting for the QR scan; connected; reconnecting; disconnected; error */
  status: "connecting" | "pending" | "connected" | "reconnecting" | "disconnected" | "error";
  message: string;
  /** sandbox: the built-in simulated network; whatsapp: the real one */
  network: "sandbox" | "whatsapp";
};

export type ListSessionsAnswer = {
  sessions: {
    /** UUID in lower case */
    sessionId: string;
    name: string;
    description: string;
    /** Digits; null until a phone is linked */
    phone: string | null;
    /** connecting: initialising; pending: waiting for the QR scan; connected; reconnecting; disconnected; error */
    status: "connecting" | "pending" | "connected" | "reconnecting" | "disconnected" | "error";
    /** Whether a QR code waits to be scanned */
    hasQR: boolean;
    messagesSent: number;
    messagesReceived: number;
    /** UTC instant */
    createdAt: string;
    /** sandbox: the built-in simulated network; whatsapp: the real one */
    network: "sandbox" | "whatsapp";
    /** Your own keys and values, echoed in every event of the session; at most 20, keys up to 64 characters */
    metadata: Record<string, string>;
    /** While WhatsApp lets the session start no new chats (463); null otherwise */
    restriction: {
      /** UTC instant */
      since: string;
      /** UTC instant */
      until: string;
      reason: string;
    } | null;
  }[];
  total: number;
};

export type GetSessionInput = {
  params: {
    /** UUID in lower case */
    sessionId: string;
  };
};

export type GetSessionAnswer = {
  /** UUID in lower case */
  sessionId: string;
  name: string;
  description: string;
  /** Digits; null until a phone is linked */
  phone: string | null;
  /** connecting: initialising; pending: waiting for the QR scan; connected; reconnecting; disconnected; error */
  status: "connecting" | "pending" | "connected" | "reconnecting" | "disconnected" | "error";
  /** Whether a QR code waits to be scanned */
  hasQR: boolean;
  messagesSent: number;
  messagesReceived: number;
  /** UTC instant */
  createdAt: string;
  /** sandbox: the built-in simulated network; whatsapp: the real one */
  network: "sandbox" | "whatsapp";
  /** Your own keys and values, echoed in every event of the session; at most 20, keys up to 64 characters */
  metadata: Record<string, string>;
  /** While WhatsApp lets the session start no new chats (463); null otherwise */
  restriction: {
    /** UTC instant */
    since: string;
    /** UTC instant */
    until: string;
    reason: string;
  } | null;
};

export type UpdateSessionInput = {
  params: {
    /** UUID in lower case */
    sessionId: string;
  };
  body?: {
    name?: string;
    description?: string;
    /** Your own keys and values, echoed in every event of the session; at most 20, keys up to 64 characters */
    metadata?: Record<string, string>;
  };
};

export type UpdateSessionAnswer = {
  success: boolean;
  /** UUID in lower case */
  sessionId: string;
  name: string;
  description: string;
  /** Your own keys and values, echoed in every event of the session; at most 20, keys up to 64 characters */
  metadata: Record<string, string>;
  message: string;
} | {
  success: boolean;
  /** UUID in lower case */
  sessionId: string;
  message: string;
};

export type ConnectSessionInput = {
  params: {
    /** UUID in lower case */
    sessionId: string;
  };
};

export type ConnectSessionAnswer = {
  success: boolean;
  /** UUID in lower case */
  sessionId: string;
  /** connecting: initialising; pending: waiting for the QR scan; connected; reconnecting; disconnected; error */
  status: "connecting" | "pending" | "connected" | "reconnecting" | "disconnected" | "error";
  message: string;
};

export type DisconnectSessionInput = {
  params: {
    /** UUID in lower case */
    sessionId: string;
  };
};

export type DisconnectSessionAnswer = {
  success: boolean;
  /** UUID in lower case */
  sessionId: string;
  /** connecting: initialising; pending: waiting for the QR scan; connected; reconnecting; disconnected; error */
  status: "connecting" | "pending" | "connected" | "reconnecting" | "disconnected" | "error";
  message: string;
};

export type GetSessionQrInput = {
  params: {
    /** UUID in lower case */
    sessionId: string;
  };
};

export type GetSessionQrAnswer = {
  qrCode: string | null;
  /** connecting: initialising; pending: waiting for the QR scan; connected; reconnecting; disconnected; error */
  status: "connecting" | "pending" | "connected" | "reconnecting" | "disconnected" | "error";
  expiresAt: string | null;
};

export type RequestPairingCodeInput = {
  params: {
    /** UUID in lower case */
    sessionId: string;
  };
  body: {
    /** Phone number with country code, digits only, without the + sign */
    phone: string;
  };
};

export type RequestPairingCodeAnswer = {
  /** Eight characters with a dash in the middle */
  code: string;
  phone: string;
  /** UTC instant */
  expiresAt: string;
};

export type GetSessionStatusInput = {
  params: {
    /** UUID in lower case */
    sessionId: string;
  };
};

export type GetSessionStatusAnswer = {
  /** UUID in lower case */
  sessionId: string;
  /** connecting: initialising; pending: waiting for the QR scan; connected; reconnecting; disconnected; error */
  status: "connecting" | "pending" | "connected" | "reconnecting" | "disconnected" | "error";
  phone: string | null;
  hasQR: boolean;
  /** Why it is not connected, in plain words */
  reason?: string;
};

export type GetSessionUptimeInput = {
  params: {
    /** UUID in lower case */
    sessionId: string;
  };
  query?: {
    /** Spans of 24 hours */
    days?: number;
  };
};

export type GetSessionUptimeAnswer = {
  /** UUID in lower case */
  sessionId: string;
  /** UTC instant */
  from: string;
  /** UTC instant */
  to: string;
  connectedMs: number;
  /** Share of the measured time, from 0 to 1 */
  uptime: number;
  /** Connections that ended in that time */
  interruptions: number;
  /** null while it is not connected */
  connectedSince: string | null;
};

export type DeleteSessionInput = {
  params: {
    /** UUID in lower case */
    sessionId: string;
  };
};

export type DeleteSessionAnswer = {
  success: boolean;
  message: string;
};

export type SendMessageInput = {
  params: {
    /** UUID in lower case */
    sessionId: string;
  };
  body: {
    /** Phone number with country code, digits only, without the + sign; or, while WhatsApp hides the number, the LID followed by @lid, as `from` of an incoming message tells it */
    to: string;
    /** Text of the message */
    message: string;
  };
};

export type SendMessageAnswer = {
  success: boolean;
  message: string;
  /** Message id */
  messageId: string;
  status: "accepted" | "sent" | "delivered" | "read" | "failed";
} | {
  success: boolean;
  message: string;
  /** Message id */
  messageId: string;
  status: "accepted" | "sent" | "delivered" | "read" | "failed";
  statusUrl: string;
};

export type SendMessageBatchInput = {
  params: {
    /** UUID in lower case */
    sessionId: string;
  };
  body: {
    messages: {
      /** Phone number with country code, digits only, without the + sign; or, while WhatsApp hides the number, the LID followed by @lid, as `from` of an incoming message tells it */
      to: string;
      /** Text of the message */
      message: string;
    }[];
  };
};

export type SendMessageBatchAnswer = {
  /** Whether every message was stored */
  success: boolean;
  /** How many messages were stored */
  accepted: number;
  /** In the order of the request */
  messages: {
    to: string;
    status: "accepted" | "rejected";
    /** Message id */
    messageId?: string;
    statusUrl?: string;
    /** Why it was rejected, from the error catalogue */
    code?: string;
  }[];
};

export type ResendMessageInput = {
  params: {
    /** Message id */
    messageId: string;
  };
};

export type ResendMessageAnswer = {
  success: boolean;
  message: string;
  /** Message id */
  messageId: string;
  status: "accepted" | "sent" | "delivered" | "read" | "failed";
  /** Message id */
  resendOf: string;
} | {
  success: boolean;
  message: string;
  /** Message id */
  messageId: string;
  status: "accepted" | "sent" | "delivered" | "read" | "failed";
  statusUrl: string;
  /** Message id */
  resendOf: string;
};

export type BulkSendInput = {
  body: {
    contacts: (string | {
      /** Phone number with country code, digits only, without the + sign; or, while WhatsApp hides the number, the LID followed by @lid, as `from` of an incoming message tells it */
      number: string;
    })[];
    /** Text of the message */
    message: string;
    /** Milliseconds between two messages */
    delay?: number;
    /** UUID in lower case */
    sessionId?: string;
  };
};

export type BulkSendAnswer = {
  total: number;
  sent: number;
  failed: number;
  results: {
    contact: string;
    success: boolean;
    status: "Sent" | "Failed" | "Pending" | "Cancelled";
    error?: string;
  }[];
  /** Campaign id */
  campaignId: string;
} | {
  total: number;
  sent: number;
  failed: number;
  results: {
    contact: string;
    success: boolean;
    status: "Sent" | "Failed" | "Pending" | "Cancelled";
    error?: string;
  }[];
  pending: number;
  /** Campaign id */
  campaignId: string;
  statusUrl: string;
  /** Why it is paused, when it is */
  reason: {
    code: string;
    message: string;
  } | null;
};

export type CreateCampaignInput = {
  body: {
    name?: string;
    /** Text of the message */
    message: string;
    sessionIds?: string[];
    contacts?: (string | {
      /** Phone number with country code, digits only, without the + sign; or, while WhatsApp hides the number, the LID followed by @lid, as `from` of an incoming message tells it */
      number: string;
    })[];
    schedule?: {
      /** Instant with its offset (in a query + is written %2B) */
      startAt?: string;
      /** IANA time zone of the sending hours */
      timeZone?: string;
      /** Nothing is sent outside of these hours. `to` before `from`: over midnight */
      sendBetween?: {
        /** Local time of day */
        from: string;
        /** Local time of day */
        to: string;
      };
      /** Days of the week on which is sent; 1 is Monday */
      days?: number[];
    };
    pace?: {
      /** Of each session, in any 60 seconds. The installation has a limit of its own for each session */
      messagesPerMinute?: number;
      /** Messages that may leave at once; they count against the minute */
      burst?: number;
      /** How irregular the pauses are: 0 like a clock, 1 up to twice as long and sometimes longer */
      jitter?: number;
    };
    /** It pauses when more of the last 50 messages failed; 100: never */
    maxFailurePercent?: number;
    start?: boolean;
  };
};

export type CreateCampaignAnswer = {
  /** Campaign id */
  campaignId: string;
  name: string;
  /** draft: takes recipients; scheduled: waits for its start; running; paused: by you or by itself, see `reason`; completed; cancelled */
  status: "draft" | "scheduled" | "running" | "paused" | "completed" | "cancelled";
  /** Why it is paused */
  reason: {
    code: string;
    message: string;
  } | null;
  sessionIds: string[];
  /** Recipients */
  total: number;
  /** Not decided yet */
  pending: number;
  sent: number;
  failed: number;
  /** Left out because they opted out after the campaign was made, were erased, or turned out to be another recipient of it */
  optedOut: number;
  /** Left out because the campaign was cancelled */
  cancelled: number;
  problems: {
    /** Rows that could not be used */
    bad: number;
    /** Rows with a contact that came before */
    duplicates: number;
    /** Rows with a contact on the suppression list */
    optedOut: number;
  };
  pace: {
    messagesPerMinute: number;
    burst: number;
    jitter: number;
  };
  schedule: {
    /** Instant with its offset (in a query + is written %2B) */
    startAt?: string;
    /** IANA time zone of the sending hours */
    timeZone?: string;
    /** Nothing is sent outside of these hours. `to` before `from`: over midnight */
    sendBetween?: {
      /** Local time of day */
      from: string;
      /** Local time of day */
      to: string;
    };
    /** Days of the week on which is sent; 1 is Monday */
    days?: number[];
  } | null;
  maxFailurePercent: number;
  /** When the next message may leave, as far as is known: by its pace, its start, its sending hours, the end of a restriction, or when the daily quota is asked for again. null when nothing is left to send, or it waits for you or for a connection */
  nextSendAt: string | null;
  /** UTC instant */
  createdAt: string;
  startedAt: string | null;
  completedAt: string | null;
  statusUrl: string;
};

export type ListCampaignsInput = {
  query?: {
    /** draft: takes recipients; scheduled: waits for its start; running; paused: by you or by itself, see `reason`; completed; cancelled */
    status?: "draft" | "scheduled" | "running" | "paused" | "completed" | "cancelled";
    limit?: number;
    /** nextCursor of the page before */
    cursor?: string;
  };
};

export type ListCampaignsAnswer = {
  data: {
    /** Campaign id */
    campaignId: string;
    name: string;
    /** draft: takes recipients; scheduled: waits for its start; running; paused: by you or by itself, see `reason`; completed; cancelled */
    status: "draft" | "scheduled" | "running" | "paused" | "completed" | "cancelled";
    /** Why it is paused */
    reason: {
      code: string;
      message: string;
    } | null;
    sessionIds: string[];
    /** Recipients */
    total: number;
    /** Not decided yet */
    pending: number;
    sent: number;
    failed: number;
    /** Left out because they opted out after the campaign was made, were erased, or turned out to be another recipient of it */
    optedOut: number;
    /** Left out because the campaign was cancelled */
    cancelled: number;
    problems: {
      /** Rows that could not be used */
      bad: number;
      /** Rows with a contact that came before */
      duplicates: number;
      /** Rows with a contact on the suppression list */
      optedOut: number;
    };
    pace: {
      messagesPerMinute: number;
      burst: number;
      jitter: number;
    };
    schedule: {
      /** Instant with its offset (in a query + is written %2B) */
      startAt?: string;
      /** IANA time zone of the sending hours */
      timeZone?: string;
      /** Nothing is sent outside of these hours. `to` before `from`: over midnight */
      sendBetween?: {
        /** Local time of day */
        from: string;
        /** Local time of day */
        to: string;
      };
      /** Days of the week on which is sent; 1 is Monday */
      days?: number[];
    } | null;
    maxFailurePercent: number;
    /** When the next message may leave, as far as is known: by its pace, its start, its sending hours, the end of a restriction, or when the daily quota is asked for again. null when nothing is left to send, or it waits for you or for a connection */
    nextSendAt: string | null;
    /** UTC instant */
    createdAt: string;
    startedAt: string | null;
    completedAt: string | null;
    statusUrl: string;
  }[];
  hasMore: boolean;
  nextCursor: string | null;
};

export type GetCampaignInput = {
  params: {
    /** Campaign id */
    campaignId: string;
  };
};

export type GetCampaignAnswer = {
  /** Campaign id */
  campaignId: string;
  name: string;
  /** draft: takes recipients; scheduled: waits for its start; running; paused: by you or by itself, see `reason`; completed; cancelled */
  status: "draft" | "scheduled" | "running" | "paused" | "completed" | "cancelled";
  /** Why it is paused */
  reason: {
    code: string;
    message: string;
  } | null;
  sessionIds: string[];
  /** Recipients */
  total: number;
  /** Not decided yet */
  pending: number;
  sent: number;
  failed: number;
  /** Left out because they opted out after the campaign was made, were erased, or turned out to be another recipient of it */
  optedOut: number;
  /** Left out because the campaign was cancelled */
  cancelled: number;
  problems: {
    /** Rows that could not be used */
    bad: number;
    /** Rows with a contact that came before */
    duplicates: number;
    /** Rows with a contact on the suppression list */
    optedOut: number;
  };
  pace: {
    messagesPerMinute: number;
    burst: number;
    jitter: number;
  };
  schedule: {
    /** Instant with its offset (in a query + is written %2B) */
    startAt?: string;
    /** IANA time zone of the sending hours */
    timeZone?: string;
    /** Nothing is sent outside of these hours. `to` before `from`: over midnight */
    sendBetween?: {
      /** Local time of day */
      from: string;
      /** Local time of day */
      to: string;
    };
    /** Days of the week on which is sent; 1 is Monday */
    days?: number[];
  } | null;
  maxFailurePercent: number;
  /** When the next message may leave, as far as is known: by its pace, its start, its sending hours, the end of a restriction, or when the daily quota is asked for again. null when nothing is left to send, or it waits for you or for a connection */
  nextSendAt: string | null;
  /** UTC instant */
  createdAt: string;
  startedAt: string | null;
  completedAt: string | null;
  statusUrl: string;
  /** Its text, with the placeholders; null when every contact it was for was erased */
  message: string | null;
  results: {
    contact: string;
    success: boolean;
    status: "Sent" | "Failed" | "Pending" | "Cancelled";
    error?: string;
  }[];
};

export type GetCampaignStatsInput = {
  params: {
    /** Campaign id */
    campaignId: string;
  };
};

export type GetCampaignStatsAnswer = {
  /** Campaign id */
  campaignId: string;
  name: string;
  /** draft: takes recipients; scheduled: waits for its start; running; paused: by you or by itself, see `reason`; completed; cancelled */
  status: "draft" | "scheduled" | "running" | "paused" | "completed" | "cancelled";
  /** Why it is paused */
  reason: {
    code: string;
    message: string;
  } | null;
  recipients: {
    total: number;
    /** Not decided yet */
    pending: number;
    sent: number;
    failed: number;
    optedOut: number;
    cancelled: number;
  };
  messages: {
    sent: number;
    delivered: number;
    read: number;
    failed: number;
  };
  /** UTC instant */
  createdAt: string;
  startedAt: string | null;
  completedAt: string | null;
  /** UTC instant */
  updatedAt: string;
};

export type UploadRecipientsInput = {
  params: {
    /** Campaign id */
    campaignId: string;
  };
  body: UploadBody;
};

export type UploadRecipientsAnswer = {
  /** Rows read */
  rows: number;
  /** Rows that became recipients */
  added: number;
  bad: number;
  duplicates: number;
  optedOut: number;
  /** Recipients of the campaign now */
  total: number;
  /** The first 100 */
  problems: {
    /** Line of the file, or place in `contacts`, from 1 */
    row: number;
    kind: "bad" | "duplicate" | "opted-out";
    reason: string;
    /** What stands there, as far as it can be shown */
    value: string;
  }[];
};

export type PreviewCampaignInput = {
  params: {
    /** Campaign id */
    campaignId: string;
  };
  query?: {
    limit?: number;
    /** nextCursor of the page before */
    cursor?: string;
  };
};

export type PreviewCampaignAnswer = {
  /** Recipients */
  total: number;
  problems: {
    /** Rows that could not be used */
    bad: number;
    /** Rows with a contact that came before */
    duplicates: number;
    /** Rows with a contact on the suppression list */
    optedOut: number;
  };
  /** The first messages with their values filled in */
  sample: {
    number: string;
    text: string;
  }[];
  /** From its start, or from now when it has started, until its last message leaves: with its pauses, its sending hours, the limits and the warm-up of its sessions, and the daily quota of the account. As if nothing else was sent and nothing held it up. null when its time is over before: it has 30 days */
  estimatedSeconds: number | null;
  /** When that is; a draft is thought to be started now. null when nothing is left to send */
  estimatedEndAt: string | null;
  /** Rows that are left out */
  data: {
    /** Line of the file, or place in `contacts`, from 1 */
    row: number;
    kind: "bad" | "duplicate" | "opted-out";
    reason: string;
    /** What stands there, as far as it can be shown */
    value: string;
  }[];
  hasMore: boolean;
  nextCursor: string | null;
};

export type StartCampaignInput = {
  params: {
    /** Campaign id */
    campaignId: string;
  };
};

export type StartCampaignAnswer = {
  /** Campaign id */
  campaignId: string;
  name: string;
  /** draft: takes recipients; scheduled: waits for its start; running; paused: by you or by itself, see `reason`; completed; cancelled */
  status: "draft" | "scheduled" | "running" | "paused" | "completed" | "cancelled";
  /** Why it is paused */
  reason: {
    code: string;
    message: string;
  } | null;
  sessionIds: string[];
  /** Recipients */
  total: number;
  /** Not decided yet */
  pending: number;
  sent: number;
  failed: number;
  /** Left out because they opted out after the campaign was made, were erased, or turned out to be another recipient of it */
  optedOut: number;
  /** Left out because the campaign was cancelled */
  cancelled: number;
  problems: {
    /** Rows that could not be used */
    bad: number;
    /** Rows with a contact that came before */
    duplicates: number;
    /** Rows with a contact on the suppression list */
    optedOut: number;
  };
  pace: {
    messagesPerMinute: number;
    burst: number;
    jitter: number;
  };
  schedule: {
    /** Instant with its offset (in a query + is written %2B) */
    startAt?: string;
    /** IANA time zone of the sending hours */
    timeZone?: string;
    /** Nothing is sent outside of these hours. `to` before `from`: over midnight */
    sendBetween?: {
      /** Local time of day */
      from: string;
      /** Local time of day */
      to: string;
    };
    /** Days of the week on which is sent; 1 is Monday */
    days?: number[];
  } | null;
  maxFailurePercent: number;
  /** When the next message may leave, as far as is known: by its pace, its start, its sending hours, the end of a restriction, or when the daily quota is asked for again. null when nothing is left to send, or it waits for you or for a connection */
  nextSendAt: string | null;
  /** UTC instant */
  createdAt: string;
  startedAt: string | null;
  completedAt: string | null;
  statusUrl: string;
};

export type PauseCampaignInput = {
  params: {
    /** Campaign id */
    campaignId: string;
  };
};

export type PauseCampaignAnswer = {
  /** Campaign id */
  campaignId: string;
  name: string;
  /** draft: takes recipients; scheduled: waits for its start; running; paused: by you or by itself, see `reason`; completed; cancelled */
  status: "draft" | "scheduled" | "running" | "paused" | "completed" | "cancelled";
  /** Why it is paused */
  reason: {
    code: string;
    message: string;
  } | null;
  sessionIds: string[];
  /** Recipients */
  total: number;
  /** Not decided yet */
  pending: number;
  sent: number;
  failed: number;
  /** Left out because they opted out after the campaign was made, were erased, or turned out to be another recipient of it */
  optedOut: number;
  /** Left out because the campaign was cancelled */
  cancelled: number;
  problems: {
    /** Rows that could not be used */
    bad: number;
    /** Rows with a contact that came before */
    duplicates: number;
    /** Rows with a contact on the suppression list */
    optedOut: number;
  };
  pace: {
    messagesPerMinute: number;
    burst: number;
    jitter: number;
  };
  schedule: {
    /** Instant with its offset (in a query + is written %2B) */
    startAt?: string;
    /** IANA time zone of the sending hours */
    timeZone?: string;
    /** Nothing is sent outside of these hours. `to` before `from`: over midnight */
    sendBetween?: {
      /** Local time of day */
      from: string;
      /** Local time of day */
      to: string;
    };
    /** Days of the week on which is sent; 1 is Monday */
    days?: number[];
  } | null;
  maxFailurePercent: number;
  /** When the next message may leave, as far as is known: by its pace, its start, its sending hours, the end of a restriction, or when the daily quota is asked for again. null when nothing is left to send, or it waits for you or for a connection */
  nextSendAt: string | null;
  /** UTC instant */
  createdAt: string;
  startedAt: string | null;
  completedAt: string | null;
  statusUrl: string;
};

export type ResumeCampaignInput = {
  params: {
    /** Campaign id */
    campaignId: string;
  };
};

export type ResumeCampaignAnswer = {
  /** Campaign id */
  campaignId: string;
  name: string;
  /** draft: takes recipients; scheduled: waits for its start; running; paused: by you or by itself, see `reason`; completed; cancelled */
  status: "draft" | "scheduled" | "running" | "paused" | "completed" | "cancelled";
  /** Why it is paused */
  reason: {
    code: string;
    message: string;
  } | null;
  sessionIds: string[];
  /** Recipients */
  total: number;
  /** Not decided yet */
  pending: number;
  sent: number;
  failed: number;
  /** Left out because they opted out after the campaign was made, were erased, or turned out to be another recipient of it */
  optedOut: number;
  /** Left out because the campaign was cancelled */
  cancelled: number;
  problems: {
    /** Rows that could not be used */
    bad: number;
    /** Rows with a contact that came before */
    duplicates: number;
    /** Rows with a contact on the suppression list */
    optedOut: number;
  };
  pace: {
    messagesPerMinute: number;
    burst: number;
    jitter: number;
  };
  schedule: {
    /** Instant with its offset (in a query + is written %2B) */
    startAt?: string;
    /** IANA time zone of the sending hours */
    timeZone?: string;
    /** Nothing is sent outside of these hours. `to` before `from`: over midnight */
    sendBetween?: {
      /** Local time of day */
      from: string;
      /** Local time of day */
      to: string;
    };
    /** Days of the week on which is sent; 1 is Monday */
    days?: number[];
  } | null;
  maxFailurePercent: number;
  /** When the next message may leave, as far as is known: by its pace, its start, its sending hours, the end of a restriction, or when the daily quota is asked for again. null when nothing is left to send, or it waits for you or for a connection */
  nextSendAt: string | null;
  /** UTC instant */
  createdAt: string;
  startedAt: string | null;
  completedAt: string | null;
  statusUrl: string;
};

export type CancelCampaignInput = {
  params: {
    /** Campaign id */
    campaignId: string;
  };
};

export type CancelCampaignAnswer = {
  /** Campaign id */
  campaignId: string;
  name: string;
  /** draft: takes recipients; scheduled: waits for its start; running; paused: by you or by itself, see `reason`; completed; cancelled */
  status: "draft" | "scheduled" | "running" | "paused" | "completed" | "cancelled";
  /** Why it is paused */
  reason: {
    code: string;
    message: string;
  } | null;
  sessionIds: string[];
  /** Recipients */
  total: number;
  /** Not decided yet */
  pending: number;
  sent: number;
  failed: number;
  /** Left out because they opted out after the campaign was made, were erased, or turned out to be another recipient of it */
  optedOut: number;
  /** Left out because the campaign was cancelled */
  cancelled: number;
  problems: {
    /** Rows that could not be used */
    bad: number;
    /** Rows with a contact that came before */
    duplicates: number;
    /** Rows with a contact on the suppression list */
    optedOut: number;
  };
  pace: {
    messagesPerMinute: number;
    burst: number;
    jitter: number;
  };
  schedule: {
    /** Instant with its offset (in a query + is written %2B) */
    startAt?: string;
    /** IANA time zone of the sending hours */
    timeZone?: string;
    /** Nothing is sent outside of these hours. `to` before `from`: over midnight */
    sendBetween?: {
      /** Local time of day */
      from: string;
      /** Local time of day */
      to: string;
    };
    /** Days of the week on which is sent; 1 is Monday */
    days?: number[];
  } | null;
  maxFailurePercent: number;
  /** When the next message may leave, as far as is known: by its pace, its start, its sending hours, the end of a restriction, or when the daily quota is asked for again. null when nothing is left to send, or it waits for you or for a connection */
  nextSendAt: string | null;
  /** UTC instant */
  createdAt: string;
  startedAt: string | null;
  completedAt: string | null;
  statusUrl: string;
};

export type RetryCampaignInput = {
  params: {
    /** Campaign id */
    campaignId: string;
  };
};

export type RetryCampaignAnswer = {
  /** Campaign id */
  campaignId: string;
  name: string;
  /** draft: takes recipients; scheduled: waits for its start; running; paused: by you or by itself, see `reason`; completed; cancelled */
  status: "draft" | "scheduled" | "running" | "paused" | "completed" | "cancelled";
  /** Why it is paused */
  reason: {
    code: string;
    message: string;
  } | null;
  sessionIds: string[];
  /** Recipients */
  total: number;
  /** Not decided yet */
  pending: number;
  sent: number;
  failed: number;
  /** Left out because they opted out after the campaign was made, were erased, or turned out to be another recipient of it */
  optedOut: number;
  /** Left out because the campaign was cancelled */
  cancelled: number;
  problems: {
    /** Rows that could not be used */
    bad: number;
    /** Rows with a contact that came before */
    duplicates: number;
    /** Rows with a contact on the suppression list */
    optedOut: number;
  };
  pace: {
    messagesPerMinute: number;
    burst: number;
    jitter: number;
  };
  schedule: {
    /** Instant with its offset (in a query + is written %2B) */
    startAt?: string;
    /** IANA time zone of the sending hours */
    timeZone?: string;
    /** Nothing is sent outside of these hours. `to` before `from`: over midnight */
    sendBetween?: {
      /** Local time of day */
      from: string;
      /** Local time of day */
      to: string;
    };
    /** Days of the week on which is sent; 1 is Monday */
    days?: number[];
  } | null;
  maxFailurePercent: number;
  /** When the next message may leave, as far as is known: by its pace, its start, its sending hours, the end of a restriction, or when the daily quota is asked for again. null when nothing is left to send, or it waits for you or for a connection */
  nextSendAt: string | null;
  /** UTC instant */
  createdAt: string;
  startedAt: string | null;
  completedAt: string | null;
  statusUrl: string;
};

export type ListCampaignRecipientsInput = {
  params: {
    /** Campaign id */
    campaignId: string;
  };
  query?: {
    /** pending: its turn has not come; queued: handed to its session; opted-out: left out, see its error */
    state?: "pending" | "queued" | "sent" | "failed" | "opted-out" | "cancelled";
    limit?: number;
    /** nextCursor of the page before */
    cursor?: string;
  };
};

export type ListCampaignRecipientsAnswer = {
  data: {
    number: string;
    /** pending: its turn has not come; queued: handed to its session; opted-out: left out, see its error */
    state: "pending" | "queued" | "sent" | "failed" | "opted-out" | "cancelled";
    sessionId: string | null;
    messageId: string | null;
    error: {
      code: string;
      message: string;
    } | null;
    /** UTC instant */
    updatedAt: string;
  }[];
  hasMore: boolean;
  nextCursor: string | null;
};

export type ListCampaignEventsInput = {
  params: {
    /** Campaign id */
    campaignId: string;
  };
  query?: {
    limit?: number;
    /** nextCursor of the page before */
    cursor?: string;
  };
};

export type ListCampaignEventsAnswer = {
  data: {
    type: string;
    /** Its place, from 1 */
    version: number;
    /** UTC instant */
    at: string;
    data: Record<string, unknown>;
  }[];
  hasMore: boolean;
  nextCursor: string | null;
};

export type ExportCampaignInput = {
  params: {
    /** Campaign id */
    campaignId: string;
  };
  query?: {
    /** pending: its turn has not come; queued: handed to its session; opted-out: left out, see its error */
    state?: "pending" | "queued" | "sent" | "failed" | "opted-out" | "cancelled";
  };
};

export type ExportCampaignAnswer = string;

export type ListSuppressionsInput = {
  query?: {
    /** Phone number with country code, digits only, without the + sign; or, while WhatsApp hides the number, the LID followed by @lid, as `from` of an incoming message tells it */
    number?: string;
    limit?: number;
    /** nextCursor of the page before */
    cursor?: string;
  };
};

export type ListSuppressionsAnswer = {
  data: {
    /** Or `<lid>@lid` of somebody who opted out while WhatsApp hid the number */
    number: string;
    /** reply: it wrote a stop word; list: somebody added it */
    source: "reply" | "list";
    /** UTC instant */
    createdAt: string;
  }[];
  hasMore: boolean;
  nextCursor: string | null;
};

export type AddSuppressionsInput = {
  body: {
    numbers: string[];
  };
};

export type AddSuppressionsAnswer = {
  /** Those that were not on the list */
  added: number;
};

export type ImportSuppressionsInput = {
  body: UploadBody;
};

export type ImportSuppressionsAnswer = {
  /** Rows read */
  rows: number;
  /** Those that were not on the list */
  added: number;
  bad: number;
  /** Those that were on the list already, or came before in the file */
  duplicates: number;
  /** The first 100 bad rows */
  problems: {
    /** Line of the file */
    row: number;
    reason: string;
    /** What stands there, as far as it can be shown */
    value: string;
  }[];
};

export type ExportSuppressionsAnswer = string;

export type RemoveSuppressionInput = {
  params: {
    /** Phone number with country code, digits only, without the + sign; or, while WhatsApp hides the number, the LID followed by @lid, as `from` of an incoming message tells it */
    number: string;
  };
};

export type RemoveSuppressionAnswer = {
  removed: boolean;
};

export type GetOptOutWordsAnswer = {
  /** A reply that is one of these, whatever its case, opts out */
  words: string[];
};

export type SetOptOutWordsInput = {
  body: {
    words: string[];
  };
};

export type SetOptOutWordsAnswer = {
  /** A reply that is one of these, whatever its case, opts out */
  words: string[];
};

export type ListMessagesInput = {
  query?: {
    /** UUID in lower case */
    sessionId?: string;
    status?: "accepted" | "sent" | "delivered" | "read" | "failed";
    /** Phone number with country code, digits only, without the + sign; or, while WhatsApp hides the number, the LID followed by @lid, as `from` of an incoming message tells it */
    recipient?: string;
    /** Instant with its offset (in a query + is written %2B) */
    since?: string;
    /** Instant with its offset (in a query + is written %2B) */
    until?: string;
    direction?: "out" | "in";
    limit?: number;
    /** nextCursor of the page before */
    cursor?: string;
  };
};

export type ListMessagesAnswer = {
  data: {
    /** Message id */
    messageId: string;
    /** UUID in lower case */
    sessionId: string;
    /** out: sent through the API; in: received */
    direction: "out" | "in";
    /** Recipient: the number, or `<lid>@lid` while WhatsApp hides it; null for an incoming message */
    to: string | null;
    /** Sender, as `to` of a send takes it: the number, or `<lid>@lid` while WhatsApp hides it; null for an outgoing message */
    from: string | null;
    /** Incoming messages are `received` */
    status: "accepted" | "sent" | "delivered" | "read" | "failed" | "received";
    /** First 100 characters */
    text: string;
    campaignId: string | null;
    timeline: {
      /** For an incoming message: when it was received */
      acceptedAt: string | null;
      sentAt: string | null;
      deliveredAt: string | null;
      readAt: string | null;
      failedAt: string | null;
    };
    error: {
      code: string;
      message: string;
    } | null;
    /** Content of an incoming message; null for an outgoing one */
    received: {
      kind: "text" | "reaction" | "edit" | "delete" | "media" | "location" | "contact" | "other";
      /** Whole text, caption or emoji; the new text of an edit */
      text: string;
      /** The name the sender goes by */
      fromName: string | null;
      /** WhatsApp's identifier of the sender that is not the phone number, digits */
      fromLid: string | null;
      /** Id of the group it was written in */
      group: string | null;
      writtenAt: string | null;
      /** Whether it waited on the server while the session was away */
      offline: boolean;
      /** What a reaction, an edit or a deletion is about */
      target: {
        /** Id on the wire */
        waMessageId: string;
        /** Absent when the platform never saw that message */
        messageId?: string;
      } | null;
      /** The message it quotes */
      replyTo: {
        /** Id on the wire */
        waMessageId: string;
        /** Absent when the platform never saw that message */
        messageId?: string;
      } | null;
      media: {
        type: "image" | "video" | "audio" | "voice" | "document" | "sticker";
        mimeType?: string;
        sizeBytes?: number;
        durationSeconds?: number;
        widthPixels?: number;
        heightPixels?: number;
        fileName?: string;
      } | null;
      location: {
        latitude: number;
        longitude: number;
        name?: string;
        address?: string;
      } | null;
      contacts: {
        name: string;
        phones: string[];
      }[] | null;
    } | null;
  }[];
  hasMore: boolean;
  nextCursor: string | null;
};

export type GetMessageInput = {
  params: {
    /** Message id */
    messageId: string;
  };
};

export type GetMessageAnswer = {
  /** Message id */
  messageId: string;
  /** UUID in lower case */
  sessionId: string;
  /** out: sent through the API; in: received */
  direction: "out" | "in";
  /** Recipient: the number, or `<lid>@lid` while WhatsApp hides it; null for an incoming message */
  to: string | null;
  /** Sender, as `to` of a send takes it: the number, or `<lid>@lid` while WhatsApp hides it; null for an outgoing message */
  from: string | null;
  /** Incoming messages are `received` */
  status: "accepted" | "sent" | "delivered" | "read" | "failed" | "received";
  /** First 100 characters */
  text: string;
  campaignId: string | null;
  timeline: {
    /** For an incoming message: when it was received */
    acceptedAt: string | null;
    sentAt: string | null;
    deliveredAt: string | null;
    readAt: string | null;
    failedAt: string | null;
  };
  error: {
    code: string;
    message: string;
  } | null;
  /** Content of an incoming message; null for an outgoing one */
  received: {
    kind: "text" | "reaction" | "edit" | "delete" | "media" | "location" | "contact" | "other";
    /** Whole text, caption or emoji; the new text of an edit */
    text: string;
    /** The name the sender goes by */
    fromName: string | null;
    /** WhatsApp's identifier of the sender that is not the phone number, digits */
    fromLid: string | null;
    /** Id of the group it was written in */
    group: string | null;
    writtenAt: string | null;
    /** Whether it waited on the server while the session was away */
    offline: boolean;
    /** What a reaction, an edit or a deletion is about */
    target: {
      /** Id on the wire */
      waMessageId: string;
      /** Absent when the platform never saw that message */
      messageId?: string;
    } | null;
    /** The message it quotes */
    replyTo: {
      /** Id on the wire */
      waMessageId: string;
      /** Absent when the platform never saw that message */
      messageId?: string;
    } | null;
    media: {
      type: "image" | "video" | "audio" | "voice" | "document" | "sticker";
      mimeType?: string;
      sizeBytes?: number;
      durationSeconds?: number;
      widthPixels?: number;
      heightPixels?: number;
      fileName?: string;
    } | null;
    location: {
      latitude: number;
      longitude: number;
      name?: string;
      address?: string;
    } | null;
    contacts: {
      name: string;
      phones: string[];
    }[] | null;
  } | null;
};

export type GetMessageStatsInput = {
  query?: {
    days?: number;
    /** UUID in lower case */
    sessionId?: string;
    /** IANA time zone of the days */
    timeZone?: string;
  };
};

export type GetMessageStatsAnswer = {
  success: boolean;
  totals: {
    sent: number;
    delivered: number;
    read: number;
    failed: number;
    total: number;
  };
  chart: {
    labels: string[];
    sent: number[];
    delivered: number[];
    read: number[];
    failed: number[];
  };
};

export type GetMessageLatencyInput = {
  query?: {
    /** Spans of 24 hours */
    days?: number;
    /** UUID in lower case */
    sessionId?: string;
  };
};

export type GetMessageLatencyAnswer = {
  /** UTC instant */
  from: string;
  /** UTC instant */
  to: string;
  /** Milliseconds, at most 9 % off; null when nothing was measured */
  acceptedToSent: {
    /** Messages measured */
    count: number;
    p50Ms: number | null;
    p95Ms: number | null;
    p99Ms: number | null;
  };
  /** Milliseconds, at most 9 % off; null when nothing was measured */
  sentToDelivered: {
    /** Messages measured */
    count: number;
    p50Ms: number | null;
    p95Ms: number | null;
    p99Ms: number | null;
  };
  /** Milliseconds, at most 9 % off; null when nothing was measured */
  deliveredToRead: {
    /** Messages measured */
    count: number;
    p50Ms: number | null;
    p95Ms: number | null;
    p99Ms: number | null;
  };
};

export type ListFailedMessagesInput = {
  query?: {
    limit?: number;
    /** UUID in lower case */
    sessionId?: string;
  };
};

export type ListFailedMessagesAnswer = {
  success: boolean;
  count: number;
  messages: {
    /** Message id */
    id: string;
    recipient: string;
    error: string;
    code: string;
    /** UUID in lower case */
    sessionId: string;
    /** UTC instant */
    timestamp: string;
    /** First 26 characters, then three dots when there are more */
    message: string;
  }[];
};

export type ListEventsInput = {
  query?: {
    /** Place in the feed. Opaque: keep it, send it back, do not read it */
    after?: string;
    /** Session id, or several with commas between */
    session?: string;
    /** Event type such as message.received, or several with commas between; session.* for all of a kind */
    type?: string;
    limit?: number;
    /** Seconds to wait for the first event */
    wait?: number;
    /** Instead of a header, from POST /api/events/ticket */
    ticket?: string;
  };
};

export type ListEventsAnswer = {
  events: ({
    /** The same wherever and however often the event is seen */
    id: string;
    type: "session.created";
    /** UTC instant */
    timestamp: string;
    /** UUID in lower case */
    sessionId?: string;
    /** The session it is about. Absent for what belongs to no single session, and while nobody can be asked */
    session?: {
      /** UUID in lower case */
      sessionId: string;
      name: string;
      /** Your own keys and values, echoed in every event of the session; at most 20, keys up to 64 characters */
      metadata: Record<string, string>;
    };
    /** Place in the feed. Opaque: keep it, send it back, do not read it */
    cursor: string;
    data: {
      /** UUID in lower case */
      sessionId: string;
      name: string;
      /** sandbox: the built-in simulated network; whatsapp: the real one */
      network: "sandbox" | "whatsapp";
      /** Your own keys and values, echoed in every event of the session; at most 20, keys up to 64 characters */
      metadata?: Record<string, string>;
    };
  } | {
    /** The same wherever and however often the event is seen */
    id: string;
    type: "session.updated";
    /** UTC instant */
    timestamp: string;
    /** UUID in lower case */
    sessionId?: string;
    /** The session it is about. Absent for what belongs to no single session, and while nobody can be asked */
    session?: {
      /** UUID in lower case */
      sessionId: string;
      name: string;
      /** Your own keys and values, echoed in every event of the session; at most 20, keys up to 64 characters */
      metadata: Record<string, string>;
    };
    /** Place in the feed. Opaque: keep it, send it back, do not read it */
    cursor: string;
    data: {
      /** UUID in lower case */
      sessionId: string;
      name: string;
      description: string;
      /** Your own keys and values, echoed in every event of the session; at most 20, keys up to 64 characters */
      metadata: Record<string, string>;
    };
  } | {
    /** The same wherever and however often the event is seen */
    id: string;
    type: "session.connecting";
    /** UTC instant */
    timestamp: string;
    /** UUID in lower case */
    sessionId?: string;
    /** The session it is about. Absent for what belongs to no single session, and while nobody can be asked */
    session?: {
      /** UUID in lower case */
      sessionId: string;
      name: string;
      /** Your own keys and values, echoed in every event of the session; at most 20, keys up to 64 characters */
      metadata: Record<string, string>;
    };
    /** Place in the feed. Opaque: keep it, send it back, do not read it */
    cursor: string;
    data: {
      /** UUID in lower case */
      sessionId: string;
    };
  } | {
    /** The same wherever and however often the event is seen */
    id: string;
    type: "session.qr";
    /** UTC instant */
    timestamp: string;
    /** UUID in lower case */
    sessionId?: string;
    /** The session it is about. Absent for what belongs to no single session, and while nobody can be asked */
    session?: {
      /** UUID in lower case */
      sessionId: string;
      name: string;
      /** Your own keys and values, echoed in every event of the session; at most 20, keys up to 64 characters */
      metadata: Record<string, string>;
    };
    /** Place in the feed. Opaque: keep it, send it back, do not read it */
    cursor: string;
    data: {
      /** UUID in lower case */
      sessionId: string;
      /** PNG data URL. Null where the code is not valid any more, and for credentials without the scope manage: whoever has the code can take the session */
      qrCode: string | null;
      /** UTC instant */
      expiresAt: string;
    };
  } | {
    /** The same wherever and however often the event is seen */
    id: string;
    type: "session.paired";
    /** UTC instant */
    timestamp: string;
    /** UUID in lower case */
    sessionId?: string;
    /** The session it is about. Absent for what belongs to no single session, and while nobody can be asked */
    session?: {
      /** UUID in lower case */
      sessionId: string;
      name: string;
      /** Your own keys and values, echoed in every event of the session; at most 20, keys up to 64 characters */
      metadata: Record<string, string>;
    };
    /** Place in the feed. Opaque: keep it, send it back, do not read it */
    cursor: string;
    data: {
      /** UUID in lower case */
      sessionId: string;
      /** Digits with country code */
      phone: string;
      /** WhatsApp's identifier of a user that is not the phone number, digits */
      lid?: string;
    };
  } | {
    /** The same wherever and however often the event is seen */
    id: string;
    type: "session.connected";
    /** UTC instant */
    timestamp: string;
    /** UUID in lower case */
    sessionId?: string;
    /** The session it is about. Absent for what belongs to no single session, and while nobody can be asked */
    session?: {
      /** UUID in lower case */
      sessionId: string;
      name: string;
      /** Your own keys and values, echoed in every event of the session; at most 20, keys up to 64 characters */
      metadata: Record<string, string>;
    };
    /** Place in the feed. Opaque: keep it, send it back, do not read it */
    cursor: string;
    data: {
      /** UUID in lower case */
      sessionId: string;
      /** Digits with country code */
      phone: string;
    };
  } | {
    /** The same wherever and however often the event is seen */
    id: string;
    type: "session.reconnecting";
    /** UTC instant */
    timestamp: string;
    /** UUID in lower case */
    sessionId?: string;
    /** The session it is about. Absent for what belongs to no single session, and while nobody can be asked */
    session?: {
      /** UUID in lower case */
      sessionId: string;
      name: string;
      /** Your own keys and values, echoed in every event of the session; at most 20, keys up to 64 characters */
      metadata: Record<string, string>;
    };
    /** Place in the feed. Opaque: keep it, send it back, do not read it */
    cursor: string;
    data: {
      /** UUID in lower case */
      sessionId: string;
      /** Why, in plain words */
      reason: string;
      cause: "connection-lost" | "connection-refused" | "unresponsive" | "replaced" | "server-unavailable" | "restart-required" | "logged-out" | "banned" | "client-outdated" | "qr-timeout" | "requested" | "shutdown" | "unknown";
      attempt: number;
      delayMs: number;
    };
  } | {
    /** The same wherever and however often the event is seen */
    id: string;
    type: "session.disconnected";
    /** UTC instant */
    timestamp: string;
    /** UUID in lower case */
    sessionId?: string;
    /** The session it is about. Absent for what belongs to no single session, and while nobody can be asked */
    session?: {
      /** UUID in lower case */
      sessionId: string;
      name: string;
      /** Your own keys and values, echoed in every event of the session; at most 20, keys up to 64 characters */
      metadata: Record<string, string>;
    };
    /** Place in the feed. Opaque: keep it, send it back, do not read it */
    cursor: string;
    data: {
      /** UUID in lower case */
      sessionId: string;
      /** Why, in plain words */
      reason: string;
      cause: "connection-lost" | "connection-refused" | "unresponsive" | "replaced" | "server-unavailable" | "restart-required" | "logged-out" | "banned" | "client-outdated" | "qr-timeout" | "requested" | "shutdown" | "unknown";
    };
  } | {
    /** The same wherever and however often the event is seen */
    id: string;
    type: "session.failed";
    /** UTC instant */
    timestamp: string;
    /** UUID in lower case */
    sessionId?: string;
    /** The session it is about. Absent for what belongs to no single session, and while nobody can be asked */
    session?: {
      /** UUID in lower case */
      sessionId: string;
      name: string;
      /** Your own keys and values, echoed in every event of the session; at most 20, keys up to 64 characters */
      metadata: Record<string, string>;
    };
    /** Place in the feed. Opaque: keep it, send it back, do not read it */
    cursor: string;
    data: {
      /** UUID in lower case */
      sessionId: string;
      /** Why, in plain words */
      reason: string;
      cause: "connection-lost" | "connection-refused" | "unresponsive" | "replaced" | "server-unavailable" | "restart-required" | "logged-out" | "banned" | "client-outdated" | "qr-timeout" | "requested" | "shutdown" | "unknown";
    };
  } | {
    /** The same wherever and however often the event is seen */
    id: string;
    type: "session.restricted";
    /** UTC instant */
    timestamp: string;
    /** UUID in lower case */
    sessionId?: string;
    /** The session it is about. Absent for what belongs to no single session, and while nobody can be asked */
    session?: {
      /** UUID in lower case */
      sessionId: string;
      name: string;
      /** Your own keys and values, echoed in every event of the session; at most 20, keys up to 64 characters */
      metadata: Record<string, string>;
    };
    /** Place in the feed. Opaque: keep it, send it back, do not read it */
    cursor: string;
    data: {
      /** UUID in lower case */
      sessionId: string;
      /** Why, in plain words */
      reason: string;
      /** UTC instant */
      until: string;
    };
  } | {
    /** The same wherever and however often the event is seen */
    id: string;
    type: "session.unrestricted";
    /** UTC instant */
    timestamp: string;
    /** UUID in lower case */
    sessionId?: string;
    /** The session it is about. Absent for what belongs to no single session, and while nobody can be asked */
    session?: {
      /** UUID in lower case */
      sessionId: string;
      name: string;
      /** Your own keys and values, echoed in every event of the session; at most 20, keys up to 64 characters */
      metadata: Record<string, string>;
    };
    /** Place in the feed. Opaque: keep it, send it back, do not read it */
    cursor: string;
    data: {
      /** UUID in lower case */
      sessionId: string;
    };
  } | {
    /** The same wherever and however often the event is seen */
    id: string;
    type: "session.deleted";
    /** UTC instant */
    timestamp: string;
    /** UUID in lower case */
    sessionId?: string;
    /** The session it is about. Absent for what belongs to no single session, and while nobody can be asked */
    session?: {
      /** UUID in lower case */
      sessionId: string;
      name: string;
      /** Your own keys and values, echoed in every event of the session; at most 20, keys up to 64 characters */
      metadata: Record<string, string>;
    };
    /** Place in the feed. Opaque: keep it, send it back, do not read it */
    cursor: string;
    data: {
      /** UUID in lower case */
      sessionId: string;
    };
  } | {
    /** The same wherever and however often the event is seen */
    id: string;
    type: "message.received";
    /** UTC instant */
    timestamp: string;
    /** UUID in lower case */
    sessionId?: string;
    /** The session it is about. Absent for what belongs to no single session, and while nobody can be asked */
    session?: {
      /** UUID in lower case */
      sessionId: string;
      name: string;
      /** Your own keys and values, echoed in every event of the session; at most 20, keys up to 64 characters */
      metadata: Record<string, string>;
    };
    /** Place in the feed. Opaque: keep it, send it back, do not read it */
    cursor: string;
    data: {
      /** UUID in lower case */
      sessionId: string;
      /** Message id */
      messageId: string;
      /** Id on the wire */
      waMessageId: string;
      from: string | null;
      /** WhatsApp's identifier of a user that is not the phone number, digits */
      lid?: string;
      /** The name the sender goes by */
      name?: string;
      /** Id of the group it was written in */
      group?: string;
      kind: "text" | "reaction" | "edit" | "delete" | "media" | "location" | "contact" | "other";
      text: string | null;
      /** Whether it had waited on the server while the session was away */
      offline: boolean;
      /** UTC instant */
      receivedAt: string;
      /** When WhatsApp took it from its sender, to the second */
      writtenAt?: string;
      target?: {
        /** Id on the wire */
        waMessageId: string;
        /** Absent when the platform never saw that message */
        messageId?: string;
      };
      replyTo?: {
        /** Id on the wire */
        waMessageId: string;
        /** Absent when the platform never saw that message */
        messageId?: string;
      };
      media?: {
        type: "image" | "video" | "audio" | "voice" | "document" | "sticker";
        mimeType?: string;
        sizeBytes?: number;
        durationSeconds?: number;
        widthPixels?: number;
        heightPixels?: number;
        fileName?: string;
      };
      location?: {
        latitude: number;
        longitude: number;
        name?: string;
        address?: string;
      };
      contacts?: {
        name: string;
        phones: string[];
      }[];
    };
  } | {
    /** The same wherever and however often the event is seen */
    id: string;
    type: "message.status";
    /** UTC instant */
    timestamp: string;
    /** UUID in lower case */
    sessionId?: string;
    /** The session it is about. Absent for what belongs to no single session, and while nobody can be asked */
    session?: {
      /** UUID in lower case */
      sessionId: string;
      name: string;
      /** Your own keys and values, echoed in every event of the session; at most 20, keys up to 64 characters */
      metadata: Record<string, string>;
    };
    /** Place in the feed. Opaque: keep it, send it back, do not read it */
    cursor: string;
    data: {
      /** UUID in lower case */
      sessionId: string;
      /** Message id */
      messageId: string;
      status: "sent" | "delivered" | "read" | "failed";
      /** Campaign id */
      campaignId?: string;
      to?: string | null;
      /** Why it failed: a code of the error catalogue */
      code?: string;
      /** Why, in plain words */
      reason?: string;
    };
  } | {
    /** The same wherever and however often the event is seen */
    id: string;
    type: "campaign.scheduled";
    /** UTC instant */
    timestamp: string;
    /** UUID in lower case */
    sessionId?: string;
    /** The session it is about. Absent for what belongs to no single session, and while nobody can be asked */
    session?: {
      /** UUID in lower case */
      sessionId: string;
      name: string;
      /** Your own keys and values, echoed in every event of the session; at most 20, keys up to 64 characters */
      metadata: Record<string, string>;
    };
    /** Place in the feed. Opaque: keep it, send it back, do not read it */
    cursor: string;
    data: {
      /** Campaign id */
      campaignId: string;
      /** UTC instant */
      startAt: string;
      /** UUID in lower case */
      sessionId?: string;
    };
  } | {
    /** The same wherever and however often the event is seen */
    id: string;
    type: "campaign.progress";
    /** UTC instant */
    timestamp: string;
    /** UUID in lower case */
    sessionId?: string;
    /** The session it is about. Absent for what belongs to no single session, and while nobody can be asked */
    session?: {
      /** UUID in lower case */
      sessionId: string;
      name: string;
      /** Your own keys and values, echoed in every event of the session; at most 20, keys up to 64 characters */
      metadata: Record<string, string>;
    };
    /** Place in the feed. Opaque: keep it, send it back, do not read it */
    cursor: string;
    data: {
      /** UUID in lower case */
      sessionId?: string;
      /** Campaign id */
      campaignId: string;
      status: "running" | "paused" | "cancelled" | "completed";
      total: number;
      sent: number;
      failed: number;
      optedOut?: number;
      /** Why it is paused: a code of the error catalogue */
      code?: string;
      /** Why, in plain words */
      reason?: string;
    };
  } | {
    /** The same wherever and however often the event is seen */
    id: string;
    type: "webhook.disabled";
    /** UTC instant */
    timestamp: string;
    /** UUID in lower case */
    sessionId?: string;
    /** The session it is about. Absent for what belongs to no single session, and while nobody can be asked */
    session?: {
      /** UUID in lower case */
      sessionId: string;
      name: string;
      /** Your own keys and values, echoed in every event of the session; at most 20, keys up to 64 characters */
      metadata: Record<string, string>;
    };
    /** Place in the feed. Opaque: keep it, send it back, do not read it */
    cursor: string;
    data: {
      /** Webhook id */
      webhookId: string;
      /** gone: the receiver answered 410; failing: nothing reached it for five days; plan: the plan lacks webhooks now */
      reason: "gone" | "failing" | "plan";
      /** UTC instant */
      failingSince?: string;
      /** UUID in lower case */
      sessionId?: string;
    };
  })[];
  /** Place in the feed. Opaque: keep it, send it back, do not read it */
  cursor: string;
  /** Whether the next page would have events at this moment */
  hasMore: boolean;
};

export type CreateEventsTicketAnswer = {
  ticket: string;
  /** UTC instant */
  expiresAt: string;
};

export type CheckContactsInput = {
  query: {
    /** List of 1 to 50 phone numbers with country code, digits only, separated by commas */
    numbers: string;
    /** UUID in lower case */
    sessionId?: string;
  };
};

export type CheckContactsAnswer = {
  /** In the order of the request, each number once */
  results: {
    number: string;
    onWhatsApp: boolean;
    /** The private id under which WhatsApp knows the contact */
    lid?: string;
  }[];
};

export type CreateWebhookInput = {
  body: {
    /** URL of the receiver, https */
    url: string;
    description?: string;
    /** Types of event to send, also those to come of a kind: `message.*`; none means all */
    eventTypes?: ("session.created" | "session.updated" | "session.connecting" | "session.qr" | "session.paired" | "session.connected" | "session.reconnecting" | "session.disconnected" | "session.failed" | "session.restricted" | "session.unrestricted" | "session.deleted" | "message.received" | "message.status" | "campaign.scheduled" | "campaign.progress" | "webhook.disabled" | "session.*" | "message.*" | "campaign.*" | "webhook.*")[];
    /** UUID in lower case */
    sessionId?: string;
    /** Sent with every delivery, for example to authenticate; kept sealed and never shown again */
    headers?: Record<string, string>;
    ordered?: boolean;
  };
};

export type CreateWebhookAnswer = {
  /** Webhook id */
  webhookId: string;
  url: string;
  description: string;
  /** Empty: all */
  eventTypes: string[];
  /** null: all sessions of the account */
  sessionId: string | null;
  /** Whether the events of a session are sent one by one, in their order */
  ordered: boolean;
  /** Of the custom headers; their values are secret */
  headerNames: string[];
  /** test: made with a test key, told of sandbox sessions only */
  mode: "live" | "test";
  /** paused: events wait; disabled: nothing is sent or kept until it is resumed */
  status: "active" | "paused" | "disabled";
  disabledReason: "gone" | "failing" | "plan" | null;
  /** First failure since the last success */
  failingSince: string | null;
  /** Until then deliveries are signed with the secret before the last rotation too */
  previousSecretExpiresAt: string | null;
  /** UTC instant */
  createdAt: string;
  /** UTC instant */
  updatedAt: string;
  /** Signing secret, shown in this answer only */
  secret: string;
};

export type ListWebhooksAnswer = {
  webhooks: {
    /** Webhook id */
    webhookId: string;
    url: string;
    description: string;
    /** Empty: all */
    eventTypes: string[];
    /** null: all sessions of the account */
    sessionId: string | null;
    /** Whether the events of a session are sent one by one, in their order */
    ordered: boolean;
    /** Of the custom headers; their values are secret */
    headerNames: string[];
    /** test: made with a test key, told of sandbox sessions only */
    mode: "live" | "test";
    /** paused: events wait; disabled: nothing is sent or kept until it is resumed */
    status: "active" | "paused" | "disabled";
    disabledReason: "gone" | "failing" | "plan" | null;
    /** First failure since the last success */
    failingSince: string | null;
    /** Until then deliveries are signed with the secret before the last rotation too */
    previousSecretExpiresAt: string | null;
    /** UTC instant */
    createdAt: string;
    /** UTC instant */
    updatedAt: string;
  }[];
  total: number;
};

export type GetWebhookInput = {
  params: {
    /** Webhook id */
    webhookId: string;
  };
};

export type GetWebhookAnswer = {
  /** Webhook id */
  webhookId: string;
  url: string;
  description: string;
  /** Empty: all */
  eventTypes: string[];
  /** null: all sessions of the account */
  sessionId: string | null;
  /** Whether the events of a session are sent one by one, in their order */
  ordered: boolean;
  /** Of the custom headers; their values are secret */
  headerNames: string[];
  /** test: made with a test key, told of sandbox sessions only */
  mode: "live" | "test";
  /** paused: events wait; disabled: nothing is sent or kept until it is resumed */
  status: "active" | "paused" | "disabled";
  disabledReason: "gone" | "failing" | "plan" | null;
  /** First failure since the last success */
  failingSince: string | null;
  /** Until then deliveries are signed with the secret before the last rotation too */
  previousSecretExpiresAt: string | null;
  /** UTC instant */
  createdAt: string;
  /** UTC instant */
  updatedAt: string;
};

export type UpdateWebhookInput = {
  params: {
    /** Webhook id */
    webhookId: string;
  };
  body?: {
    /** URL of the receiver, https */
    url?: string;
    description?: string;
    /** Types of event to send, also those to come of a kind: `message.*`; none means all */
    eventTypes?: ("session.created" | "session.updated" | "session.connecting" | "session.qr" | "session.paired" | "session.connected" | "session.reconnecting" | "session.disconnected" | "session.failed" | "session.restricted" | "session.unrestricted" | "session.deleted" | "message.received" | "message.status" | "campaign.scheduled" | "campaign.progress" | "webhook.disabled" | "session.*" | "message.*" | "campaign.*" | "webhook.*")[];
    sessionId?: string | null;
    /** Sent with every delivery, for example to authenticate; kept sealed and never shown again */
    headers?: Record<string, string>;
    ordered?: boolean;
  };
};

export type UpdateWebhookAnswer = {
  /** Webhook id */
  webhookId: string;
  url: string;
  description: string;
  /** Empty: all */
  eventTypes: string[];
  /** null: all sessions of the account */
  sessionId: string | null;
  /** Whether the events of a session are sent one by one, in their order */
  ordered: boolean;
  /** Of the custom headers; their values are secret */
  headerNames: string[];
  /** test: made with a test key, told of sandbox sessions only */
  mode: "live" | "test";
  /** paused: events wait; disabled: nothing is sent or kept until it is resumed */
  status: "active" | "paused" | "disabled";
  disabledReason: "gone" | "failing" | "plan" | null;
  /** First failure since the last success */
  failingSince: string | null;
  /** Until then deliveries are signed with the secret before the last rotation too */
  previousSecretExpiresAt: string | null;
  /** UTC instant */
  createdAt: string;
  /** UTC instant */
  updatedAt: string;
};

export type DeleteWebhookInput = {
  params: {
    /** Webhook id */
    webhookId: string;
  };
};

export type DeleteWebhookAnswer = {
  success: boolean;
  message: string;
};

export type TestWebhookInput = {
  params: {
    /** Webhook id */
    webhookId: string;
  };
  body?: {
    /** Event type */
    type?: "session.created" | "session.updated" | "session.connecting" | "session.qr" | "session.paired" | "session.connected" | "session.reconnecting" | "session.disconnected" | "session.failed" | "session.restricted" | "session.unrestricted" | "session.deleted" | "message.received" | "message.status" | "campaign.scheduled" | "campaign.progress" | "webhook.disabled" | "webhook.test";
  };
};

export type TestWebhookAnswer = {
  /** Whether the receiver answered 2xx */
  delivered: boolean;
  eventId: string;
  httpStatus: number | null;
  durationMs: number;
  error: string | null;
  bodyExcerpt: string;
};

export type PauseWebhookInput = {
  params: {
    /** Webhook id */
    webhookId: string;
  };
};

export type PauseWebhookAnswer = {
  /** Webhook id */
  webhookId: string;
  url: string;
  description: string;
  /** Empty: all */
  eventTypes: string[];
  /** null: all sessions of the account */
  sessionId: string | null;
  /** Whether the events of a session are sent one by one, in their order */
  ordered: boolean;
  /** Of the custom headers; their values are secret */
  headerNames: string[];
  /** test: made with a test key, told of sandbox sessions only */
  mode: "live" | "test";
  /** paused: events wait; disabled: nothing is sent or kept until it is resumed */
  status: "active" | "paused" | "disabled";
  disabledReason: "gone" | "failing" | "plan" | null;
  /** First failure since the last success */
  failingSince: string | null;
  /** Until then deliveries are signed with the secret before the last rotation too */
  previousSecretExpiresAt: string | null;
  /** UTC instant */
  createdAt: string;
  /** UTC instant */
  updatedAt: string;
};

export type ResumeWebhookInput = {
  params: {
    /** Webhook id */
    webhookId: string;
  };
};

export type ResumeWebhookAnswer = {
  /** Webhook id */
  webhookId: string;
  url: string;
  description: string;
  /** Empty: all */
  eventTypes: string[];
  /** null: all sessions of the account */
  sessionId: string | null;
  /** Whether the events of a session are sent one by one, in their order */
  ordered: boolean;
  /** Of the custom headers; their values are secret */
  headerNames: string[];
  /** test: made with a test key, told of sandbox sessions only */
  mode: "live" | "test";
  /** paused: events wait; disabled: nothing is sent or kept until it is resumed */
  status: "active" | "paused" | "disabled";
  disabledReason: "gone" | "failing" | "plan" | null;
  /** First failure since the last success */
  failingSince: string | null;
  /** Until then deliveries are signed with the secret before the last rotation too */
  previousSecretExpiresAt: string | null;
  /** UTC instant */
  createdAt: string;
  /** UTC instant */
  updatedAt: string;
};

export type RotateWebhookSecretInput = {
  params: {
    /** Webhook id */
    webhookId: string;
  };
  body?: {
    overlapHours?: number;
  };
};

export type RotateWebhookSecretAnswer = {
  /** Webhook id */
  webhookId: string;
  /** Signing secret, shown in this answer only */
  secret: string;
  /** UTC instant */
  previousSecretExpiresAt: string;
};

export type ListWebhookDeliveriesInput = {
  params: {
    /** Webhook id */
    webhookId: string;
  };
  query?: {
    /** failed: every attempt failed; it stays here as a dead letter and can be sent again */
    status?: "pending" | "delivered" | "failed";
    type?: string;
    /** Instant with its offset (in a query + is written %2B) */
    since?: string;
    /** Instant with its offset (in a query + is written %2B) */
    until?: string;
    limit?: number;
    /** nextCursor of the page before */
    cursor?: string;
  };
};

export type ListWebhookDeliveriesAnswer = {
  data: {
    /** Delivery id */
    deliveryId: string;
    /** Id of the event, the same in every attempt: the header webhook-id */
    eventId: string;
    type: string;
    sessionId: string | null;
    /** failed: every attempt failed; it stays here as a dead letter and can be sent again */
    status: "pending" | "delivered" | "failed";
    attempts: number;
    /** UTC instant */
    createdAt: string;
    /** When it was delivered or given up */
    endedAt: string | null;
    nextAttemptAt: string | null;
    /** Of the last attempt */
    httpStatus: number | null;
    /** Of the last attempt */
    durationMs: number | null;
    /** Why the last attempt failed */
    error: string | null;
  }[];
  hasMore: boolean;
  nextCursor: string | null;
};

export type GetWebhookDeliveryInput = {
  params: {
    /** Webhook id */
    webhookId: string;
    /** Delivery id */
    deliveryId: string;
  };
};

export type GetWebhookDeliveryAnswer = {
  /** Delivery id */
  deliveryId: string;
  /** Id of the event, the same in every attempt: the header webhook-id */
  eventId: string;
  type: string;
  sessionId: string | null;
  /** failed: every attempt failed; it stays here as a dead letter and can be sent again */
  status: "pending" | "delivered" | "failed";
  attempts: number;
  /** UTC instant */
  createdAt: string;
  /** When it was delivered or given up */
  endedAt: string | null;
  nextAttemptAt: string | null;
  /** Of the last attempt */
  httpStatus: number | null;
  /** Of the last attempt */
  durationMs: number | null;
  /** Why the last attempt failed */
  error: string | null;
  /** What is sent */
  body: unknown;
  /** Attempts, oldest first */
  history: {
    number: number;
    /** UTC instant */
    at: string;
    /** null: no answer came */
    httpStatus: number | null;
    durationMs: number;
    error: string | null;
    /** First 1,000 characters of the answer */
    bodyExcerpt: string;
  }[];
};

export type ResendWebhookDeliveryInput = {
  params: {
    /** Webhook id */
    webhookId: string;
    /** Delivery id */
    deliveryId: string;
  };
};

export type ResendWebhookDeliveryAnswer = {
  /** Delivery id */
  deliveryId: string;
  /** Id of the event, the same in every attempt: the header webhook-id */
  eventId: string;
  type: string;
  sessionId: string | null;
  /** failed: every attempt failed; it stays here as a dead letter and can be sent again */
  status: "pending" | "delivered" | "failed";
  attempts: number;
  /** UTC instant */
  createdAt: string;
  /** When it was delivered or given up */
  endedAt: string | null;
  nextAttemptAt: string | null;
  /** Of the last attempt */
  httpStatus: number | null;
  /** Of the last attempt */
  durationMs: number | null;
  /** Why the last attempt failed */
  error: string | null;
};

export type ReplayWebhookInput = {
  params: {
    /** Webhook id */
    webhookId: string;
  };
  body: {
    /** Instant with its offset (in a query + is written %2B) */
    since: string;
    /** Instant with its offset (in a query + is written %2B) */
    until?: string;
    status?: "failed" | "all";
  };
};

export type ReplayWebhookAnswer = {
  /** Webhook id */
  webhookId: string;
  queued: number;
};

export type InitWhatsAppAnswer = {
  success: boolean;
  /** UUID in lower case */
  sessionId: string;
  /** connecting: initialising; pending: waiting for the QR scan; connected; reconnecting; disconnected; error */
  status: "connecting" | "pending" | "connected" | "reconnecting" | "disconnected" | "error";
  message: string;
} | {
  success: boolean;
  /** UUID in lower case */
  sessionId: string;
  /** connecting: initialising; pending: waiting for the QR scan; connected; reconnecting; disconnected; error */
  status: "connecting" | "pending" | "connected" | "reconnecting" | "disconnected" | "error";
  message: string;
};

export type GetWhatsAppQrAnswer = {
  qrCode: string | null;
  /** connecting: initialising; pending: waiting for the QR scan; connected; reconnecting; disconnected; error */
  status: "connecting" | "pending" | "connected" | "reconnecting" | "disconnected" | "error";
  expiresAt: string | null;
};

export type GetWhatsAppStatusAnswer = {
  /** UUID in lower case */
  sessionId: string;
  /** connecting: initialising; pending: waiting for the QR scan; connected; reconnecting; disconnected; error */
  status: "connecting" | "pending" | "connected" | "reconnecting" | "disconnected" | "error";
  phone: string | null;
  hasQR: boolean;
  /** Why it is not connected, in plain words */
  reason?: string;
};

export type SendWhatsAppMessageInput = {
  body: {
    /** Phone number with country code, digits only, without the + sign; or, while WhatsApp hides the number, the LID followed by @lid, as `from` of an incoming message tells it */
    number: string;
    /** Text of the message */
    message: string;
  };
};

export type SendWhatsAppMessageAnswer = {
  success: boolean;
  message: string;
  /** Message id */
  messageId: string;
  status: "accepted" | "sent" | "delivered" | "read" | "failed";
} | {
  success: boolean;
  message: string;
  /** Message id */
  messageId: string;
  status: "accepted" | "sent" | "delivered" | "read" | "failed";
  statusUrl: string;
};

export type ScanQrInput = {
  body: {
    qrCode: string;
    /** Phone number with country code, digits only, without the + sign */
    phone?: string;
    name?: string;
  };
};

export type ScanQrAnswer = {
  success: boolean;
  phone: string;
  lid: string;
};

export type EnterPairingCodeInput = {
  body: {
    /** Phone number with country code, digits only, without the + sign */
    phone: string;
    /** Pairing code */
    code: string;
  };
};

export type EnterPairingCodeAnswer = {
  success: boolean;
  phone: string;
  lid: string;
};

export type SimulateIncomingMessageInput = {
  body: {
    /** Phone number with country code, digits only, without the + sign */
    from: string;
    /** Phone number with country code, digits only, without the + sign */
    to: string;
    kind?: "text" | "reaction" | "edit" | "delete" | "image" | "video" | "audio" | "document" | "location" | "contact";
    /** Text, new text, caption, emoji, or name of a place or person */
    message?: string;
    messageId?: string;
    /** Of a document */
    fileName?: string;
    /** Name the user goes by */
    name?: string;
  };
};

export type SimulateIncomingMessageAnswer = {
  success: boolean;
  /** Id on the wire */
  id: string;
};

export type GetInboxInput = {
  params: {
    /** Phone number with country code, digits only, without the + sign */
    number: string;
  };
  query?: {
    limit?: number;
  };
};

export type GetInboxAnswer = {
  phone: string;
  messages: {
    /** Id on the wire */
    id: string;
    from: string;
    text: string;
    /** UTC instant */
    at: string;
    /** How often this id arrived; more than 1 means a repeat */
    copies: number;
  }[];
};

export type InjectFaultInput = {
  body: {
    /** Phone number with country code, digits only, without the + sign */
    phone: string;
    kind: "disconnect" | "unlink" | "nack" | "drop-messages" | "delay-acks" | "no-receipts" | "slow-lookups" | "refuse-logins" | "silence" | "restrict" | "clear";
    code?: number;
    delayMs?: number;
    count?: number;
    /** Instant with its offset (in a query + is written %2B) */
    until?: string;
  };
};

export type InjectFaultAnswer = {
  success: boolean;
};

export type ErrorCode =
  | 'VALIDATION_FAILED'
  | 'MALFORMED_JSON'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'PAYLOAD_TOO_LARGE'
  | 'HEADERS_TOO_LARGE'
  | 'BAD_REQUEST'
  | 'ROUTE_NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'IDEMPOTENCY_KEY_REUSED'
  | 'IDEMPOTENCY_IN_PROGRESS'
  | 'CONFLICT'
  | 'UNAUTHORIZED'
  | 'INVALID_CREDENTIALS'
  | 'INVALID_REFRESH_TOKEN'
  | 'WRONG_PASSWORD'
  | 'SCOPE_MISSING'
  | 'TEST_KEY_ON_LIVE_SESSION'
  | 'ACCOUNT_NOT_FOUND'
  | 'EMAIL_TAKEN'
  | 'API_KEY_LIMIT_REACHED'
  | 'API_KEY_NOT_FOUND'
  | 'FEATURE_NOT_IN_PLAN'
  | 'SESSION_LIMIT_REACHED'
  | 'DAILY_LIMIT_REACHED'
  | 'RATE_LIMITED'
  | 'SESSION_NOT_FOUND'
  | 'SESSION_NOT_CONNECTED'
  | 'SESSION_ALREADY_CONNECTED'
  | 'SESSION_RESTRICTED'
  | 'SESSION_BUSY'
  | 'MESSAGE_NOT_FOUND'
  | 'MESSAGE_NOT_RESENDABLE'
  | 'NOT_ON_WHATSAPP'
  | 'RECIPIENT_RESTRICTED'
  | 'WHATSAPP_REJECTED'
  | 'MESSAGE_EXPIRED'
  | 'MESSAGE_DROPPED'
  | 'SESSION_DELETED'
  | 'SESSION_LOGGED_OUT'
  | 'SEND_FAILED'
  | 'CAMPAIGN_NOT_FOUND'
  | 'CAMPAIGN_STATE'
  | 'CAMPAIGN_EMPTY'
  | 'TOO_MANY_RECIPIENTS'
  | 'PAUSED_ON_REQUEST'
  | 'CAMPAIGN_FAILING'
  | 'RECIPIENT_OPTED_OUT'
  | 'RECIPIENT_ERASED'
  | 'RECIPIENT_REPEATED'
  | 'WEBHOOK_NOT_FOUND'
  | 'DELIVERY_NOT_FOUND'
  | 'WEBHOOK_LIMIT_REACHED'
  | 'WEBHOOK_URL_NOT_ALLOWED'
  | 'WEBHOOK_DISABLED'
  | 'RESUME_EXPIRED'
  | 'UPGRADE_REQUIRED'
  | 'ORIGIN_NOT_ALLOWED'
  | 'TOO_MANY_CONNECTIONS'
  | 'SANDBOX_QR_INVALID'
  | 'SANDBOX_QR_EXPIRED'
  | 'SANDBOX_CODE_INVALID'
  | 'SANDBOX_CODE_EXPIRED'
  | 'SANDBOX_PHONE_IN_USE'
  | 'SANDBOX_PHONE_NOT_LINKED'
  | 'SANDBOX_FAULT_INVALID'
  | 'SANDBOX_DISABLED'
  | 'SERVICE_UNAVAILABLE'
  | 'INTERNAL_ERROR';

export interface Operations {
  /** Create an account. `POST /api/register` */
  register(input: RegisterInput, options?: CallOptions): Promise<RegisterAnswer>;
  /** Log in and receive a token. `POST /api/login` */
  login(input: LoginInput, options?: CallOptions): Promise<LoginAnswer>;
  /** Exchange a refresh token for a new pair. `POST /api/token/refresh` */
  refreshTokens(input: RefreshTokensInput, options?: CallOptions): Promise<RefreshTokensAnswer>;
  /** End this login, or all of them. `POST /api/logout` */
  logOut(input?: LogOutInput, options?: CallOptions): Promise<LogOutAnswer>;
  /** Change the password. `POST /api/password` */
  changePassword(input: ChangePasswordInput, options?: CallOptions): Promise<ChangePasswordAnswer>;
  /** The account, its plan and its usage. `GET /api/me` */
  getMe(options?: CallOptions): Promise<GetMeAnswer>;
  /** Change display name or time zone. `POST /api/me` */
  updateMe(input?: UpdateMeInput, options?: CallOptions): Promise<UpdateMeAnswer>;
  /** Audit log: logins, keys, plan, sessions. `GET /api/audit` */
  listAudit(input?: ListAuditInput, options?: CallOptions): Promise<ListAuditAnswer>;
  /** Create an API key. `POST /api/keys` */
  createApiKey(input: CreateApiKeyInput, options?: CallOptions): Promise<CreateApiKeyAnswer>;
  /** List the API keys of the account. `GET /api/keys` */
  listApiKeys(options?: CallOptions): Promise<ListApiKeysAnswer>;
  /** Revoke an API key. `DELETE /api/keys/:keyId` */
  revokeApiKey(input: RevokeApiKeyInput, options?: CallOptions): Promise<RevokeApiKeyAnswer>;
  /** Create a WhatsApp session. `POST /api/sessions` */
  createSession(input?: CreateSessionInput, options?: CallOptions): Promise<CreateSessionAnswer>;
  /** List the sessions of the account. `GET /api/sessions` */
  listSessions(options?: CallOptions): Promise<ListSessionsAnswer>;
  /** Details of one session. `GET /api/sessions/:sessionId` */
  getSession(input: GetSessionInput, options?: CallOptions): Promise<GetSessionAnswer>;
  /** Change name, description or metadata of a session. `PATCH /api/sessions/:sessionId` */
  updateSession(input: UpdateSessionInput, options?: CallOptions): Promise<UpdateSessionAnswer>;
  /** Connect a disconnected session. `POST /api/sessions/:sessionId/connect` */
  connectSession(input: ConnectSessionInput, options?: CallOptions): Promise<ConnectSessionAnswer>;
  /** Take a session offline. `POST /api/sessions/:sessionId/disconnect` */
  disconnectSession(input: DisconnectSessionInput, options?: CallOptions): Promise<DisconnectSessionAnswer>;
  /** QR code to link a phone. `GET /api/sessions/:sessionId/qr` */
  getSessionQr(input: GetSessionQrInput, options?: CallOptions): Promise<GetSessionQrAnswer>;
  /** Pairing code to link a phone without a camera. `POST /api/sessions/:sessionId/pairing-code` */
  requestPairingCode(input: RequestPairingCodeInput, options?: CallOptions): Promise<RequestPairingCodeAnswer>;
  /** Connection status of a session. `GET /api/sessions/:sessionId/status` */
  getSessionStatus(input: GetSessionStatusInput, options?: CallOptions): Promise<GetSessionStatusAnswer>;
  /** How much of the time a session was connected. `GET /api/sessions/:sessionId/uptime` */
  getSessionUptime(input: GetSessionUptimeInput, options?: CallOptions): Promise<GetSessionUptimeAnswer>;
  /** Delete a session. `DELETE /api/sessions/:sessionId` */
  deleteSession(input: DeleteSessionInput, options?: CallOptions): Promise<DeleteSessionAnswer>;
  /** Send a text message. `POST /api/sessions/:sessionId/send` */
  sendMessage(input: SendMessageInput, options?: CallOptions): Promise<SendMessageAnswer>;
  /** Send up to 500 different messages. `POST /api/sessions/:sessionId/messages/batch` */
  sendMessageBatch(input: SendMessageBatchInput, options?: CallOptions): Promise<SendMessageBatchAnswer>;
  /** Send a failed message again. `POST /api/messages/:messageId/resend` */
  resendMessage(input: ResendMessageInput, options?: CallOptions): Promise<ResendMessageAnswer>;
  /** Send one message to many recipients. `POST /api/whatsapp/bulk-send` */
  bulkSend(input: BulkSendInput, options?: CallOptions): Promise<BulkSendAnswer>;
  /** Make a campaign. `POST /api/campaigns` */
  createCampaign(input: CreateCampaignInput, options?: CallOptions): Promise<CreateCampaignAnswer>;
  /** Campaigns of the account, newest first. `GET /api/campaigns` */
  listCampaigns(input?: ListCampaignsInput, options?: CallOptions): Promise<ListCampaignsAnswer>;
  /** State and figures of a campaign or a bulk send. `GET /api/campaigns/:campaignId` */
  getCampaign(input: GetCampaignInput, options?: CallOptions): Promise<GetCampaignAnswer>;
  /** How many messages of a campaign arrived and were read. `GET /api/campaigns/:campaignId/stats` */
  getCampaignStats(input: GetCampaignStatsInput, options?: CallOptions): Promise<GetCampaignStatsAnswer>;
  /** Upload recipients as CSV or NDJSON. `POST /api/campaigns/:campaignId/recipients` */
  uploadRecipients(input: UploadRecipientsInput, options?: CallOptions): Promise<UploadRecipientsAnswer>;
  /** What a campaign will send, and which rows it leaves out. `GET /api/campaigns/:campaignId/preview` */
  previewCampaign(input: PreviewCampaignInput, options?: CallOptions): Promise<PreviewCampaignAnswer>;
  /** Start a campaign now, or at its scheduled time. `POST /api/campaigns/:campaignId/start` */
  startCampaign(input: StartCampaignInput, options?: CallOptions): Promise<StartCampaignAnswer>;
  /** Pause a campaign. `POST /api/campaigns/:campaignId/pause` */
  pauseCampaign(input: PauseCampaignInput, options?: CallOptions): Promise<PauseCampaignAnswer>;
  /** Go on with a paused campaign. `POST /api/campaigns/:campaignId/resume` */
  resumeCampaign(input: ResumeCampaignInput, options?: CallOptions): Promise<ResumeCampaignAnswer>;
  /** End a campaign. `POST /api/campaigns/:campaignId/cancel` */
  cancelCampaign(input: CancelCampaignInput, options?: CallOptions): Promise<CancelCampaignAnswer>;
  /** Send to the failed recipients once more. `POST /api/campaigns/:campaignId/retry` */
  retryCampaign(input: RetryCampaignInput, options?: CallOptions): Promise<RetryCampaignAnswer>;
  /** Recipients of a campaign and what became of them. `GET /api/campaigns/:campaignId/recipients` */
  listCampaignRecipients(input: ListCampaignRecipientsInput, options?: CallOptions): Promise<ListCampaignRecipientsAnswer>;
  /** What happened to a campaign, and its progress over time. `GET /api/campaigns/:campaignId/events` */
  listCampaignEvents(input: ListCampaignEventsInput, options?: CallOptions): Promise<ListCampaignEventsAnswer>;
  /** Recipients and their outcomes as CSV. `GET /api/campaigns/:campaignId/export` */
  exportCampaign(input: ExportCampaignInput, options?: CallOptions): Promise<ExportCampaignAnswer>;
  /** Numbers that get no campaigns, newest first. `GET /api/suppressions` */
  listSuppressions(input?: ListSuppressionsInput, options?: CallOptions): Promise<ListSuppressionsAnswer>;
  /** Leave numbers out of all campaigns. `POST /api/suppressions` */
  addSuppressions(input: AddSuppressionsInput, options?: CallOptions): Promise<AddSuppressionsAnswer>;
  /** Put the numbers of a CSV or NDJSON file on the list. `POST /api/suppressions/import` */
  importSuppressions(input: ImportSuppressionsInput, options?: CallOptions): Promise<ImportSuppressionsAnswer>;
  /** The whole list as CSV. `GET /api/suppressions/export` */
  exportSuppressions(options?: CallOptions): Promise<ExportSuppressionsAnswer>;
  /** Take a number off the list. `DELETE /api/suppressions/:number` */
  removeSuppression(input: RemoveSuppressionInput, options?: CallOptions): Promise<RemoveSuppressionAnswer>;
  /** Words by which a recipient opts out. `GET /api/opt-out-words` */
  getOptOutWords(options?: CallOptions): Promise<GetOptOutWordsAnswer>;
  /** Choose the words by which a recipient opts out. `POST /api/opt-out-words` */
  setOptOutWords(input: SetOptOutWordsInput, options?: CallOptions): Promise<SetOptOutWordsAnswer>;
  /** Messages of the account, newest first. `GET /api/messages` */
  listMessages(input?: ListMessagesInput, options?: CallOptions): Promise<ListMessagesAnswer>;
  /** Status and timeline of one message. `GET /api/messages/:messageId` */
  getMessage(input: GetMessageInput, options?: CallOptions): Promise<GetMessageAnswer>;
  /** Message statistics. `GET /api/messages/stats` */
  getMessageStats(input?: GetMessageStatsInput, options?: CallOptions): Promise<GetMessageStatsAnswer>;
  /** How long messages take. `GET /api/messages/latency` */
  getMessageLatency(input?: GetMessageLatencyInput, options?: CallOptions): Promise<GetMessageLatencyAnswer>;
  /** Recently failed messages. `GET /api/messages/failed` */
  listFailedMessages(input?: ListFailedMessagesInput, options?: CallOptions): Promise<ListFailedMessagesAnswer>;
  /** What happened, oldest first. `GET /api/events` */
  listEvents(input?: ListEventsInput, options?: CallOptions): Promise<ListEventsAnswer>;
  /** A ticket to connect to the feed with. `POST /api/events/ticket` */
  createEventsTicket(options?: CallOptions): Promise<CreateEventsTicketAnswer>;
  /** Whether numbers are on WhatsApp. `GET /api/contacts/check` */
  checkContacts(input: CheckContactsInput, options?: CallOptions): Promise<CheckContactsAnswer>;
  /** Create a webhook. `POST /api/webhooks` */
  createWebhook(input: CreateWebhookInput, options?: CallOptions): Promise<CreateWebhookAnswer>;
  /** List the webhooks of the account. `GET /api/webhooks` */
  listWebhooks(options?: CallOptions): Promise<ListWebhooksAnswer>;
  /** One webhook. `GET /api/webhooks/:webhookId` */
  getWebhook(input: GetWebhookInput, options?: CallOptions): Promise<GetWebhookAnswer>;
  /** Change a webhook. `PATCH /api/webhooks/:webhookId` */
  updateWebhook(input: UpdateWebhookInput, options?: CallOptions): Promise<UpdateWebhookAnswer>;
  /** Delete a webhook. `DELETE /api/webhooks/:webhookId` */
  deleteWebhook(input: DeleteWebhookInput, options?: CallOptions): Promise<DeleteWebhookAnswer>;
  /** Send a test event to a webhook. `POST /api/webhooks/:webhookId/test` */
  testWebhook(input: TestWebhookInput, options?: CallOptions): Promise<TestWebhookAnswer>;
  /** Pause a webhook. `POST /api/webhooks/:webhookId/pause` */
  pauseWebhook(input: PauseWebhookInput, options?: CallOptions): Promise<PauseWebhookAnswer>;
  /** Resume a paused or disabled webhook. `POST /api/webhooks/:webhookId/resume` */
  resumeWebhook(input: ResumeWebhookInput, options?: CallOptions): Promise<ResumeWebhookAnswer>;
  /** Replace the signing secret of a webhook. `POST /api/webhooks/:webhookId/rotate-secret` */
  rotateWebhookSecret(input: RotateWebhookSecretInput, options?: CallOptions): Promise<RotateWebhookSecretAnswer>;
  /** Delivery log of a webhook, newest first. `GET /api/webhooks/:webhookId/deliveries` */
  listWebhookDeliveries(input: ListWebhookDeliveriesInput, options?: CallOptions): Promise<ListWebhookDeliveriesAnswer>;
  /** One delivery with its body and attempts. `GET /api/webhooks/:webhookId/deliveries/:deliveryId` */
  getWebhookDelivery(input: GetWebhookDeliveryInput, options?: CallOptions): Promise<GetWebhookDeliveryAnswer>;
  /** Send one delivery again. `POST /api/webhooks/:webhookId/deliveries/:deliveryId/resend` */
  resendWebhookDelivery(input: ResendWebhookDeliveryInput, options?: CallOptions): Promise<ResendWebhookDeliveryAnswer>;
  /** Send the deliveries of a time range again. `POST /api/webhooks/:webhookId/replay` */
  replayWebhook(input: ReplayWebhookInput, options?: CallOptions): Promise<ReplayWebhookAnswer>;
  /** Create or connect the default session. `POST /api/whatsapp/init` */
  initWhatsApp(options?: CallOptions): Promise<InitWhatsAppAnswer>;
  /** QR code of the default session. `GET /api/whatsapp/qr` */
  getWhatsAppQr(options?: CallOptions): Promise<GetWhatsAppQrAnswer>;
  /** Connection status of the default session. `GET /api/whatsapp/status` */
  getWhatsAppStatus(options?: CallOptions): Promise<GetWhatsAppStatusAnswer>;
  /** Send a text message through the default session. `POST /api/whatsapp/send` */
  sendWhatsAppMessage(input: SendWhatsAppMessageInput, options?: CallOptions): Promise<SendWhatsAppMessageAnswer>;
  /** Scan a QR code with a simulated phone. `POST /sandbox/phones/scan` */
  scanQr(input: ScanQrInput, options?: CallOptions): Promise<ScanQrAnswer>;
  /** Type a pairing code on a simulated phone. `POST /sandbox/phones/pair` */
  enterPairingCode(input: EnterPairingCodeInput, options?: CallOptions): Promise<EnterPairingCodeAnswer>;
  /** A simulated user writes to a session. `POST /sandbox/messages` */
  simulateIncomingMessage(input: SimulateIncomingMessageInput, options?: CallOptions): Promise<SimulateIncomingMessageAnswer>;
  /** What a simulated phone has received and decrypted. `GET /sandbox/phones/:number/inbox` */
  getInbox(input: GetInboxInput, options?: CallOptions): Promise<GetInboxAnswer>;
  /** Make the simulated network misbehave. `POST /sandbox/faults` */
  injectFault(input: InjectFaultInput, options?: CallOptions): Promise<InjectFaultAnswer>;
}

export interface PagedOperations {
  /** Audit log: logins, keys, plan, sessions. */
  listAudit(input?: ListAuditInput, options?: CallOptions): AsyncIterable<ListAuditAnswer['data'][number]>;
  /** Campaigns of the account, newest first. */
  listCampaigns(input?: ListCampaignsInput, options?: CallOptions): AsyncIterable<ListCampaignsAnswer['data'][number]>;
  /** What a campaign will send, and which rows it leaves out. */
  previewCampaign(input: PreviewCampaignInput, options?: CallOptions): AsyncIterable<PreviewCampaignAnswer['data'][number]>;
  /** Recipients of a campaign and what became of them. */
  listCampaignRecipients(input: ListCampaignRecipientsInput, options?: CallOptions): AsyncIterable<ListCampaignRecipientsAnswer['data'][number]>;
  /** What happened to a campaign, and its progress over time. */
  listCampaignEvents(input: ListCampaignEventsInput, options?: CallOptions): AsyncIterable<ListCampaignEventsAnswer['data'][number]>;
  /** Numbers that get no campaigns, newest first. */
  listSuppressions(input?: ListSuppressionsInput, options?: CallOptions): AsyncIterable<ListSuppressionsAnswer['data'][number]>;
  /** Messages of the account, newest first. */
  listMessages(input?: ListMessagesInput, options?: CallOptions): AsyncIterable<ListMessagesAnswer['data'][number]>;
  /** Delivery log of a webhook, newest first. */
  listWebhookDeliveries(input: ListWebhookDeliveriesInput, options?: CallOptions): AsyncIterable<ListWebhookDeliveriesAnswer['data'][number]>;
}

export const pagedOperations = ['listAudit', 'listCampaigns', 'previewCampaign', 'listCampaignRecipients', 'listCampaignEvents', 'listSuppressions', 'listMessages', 'listWebhookDeliveries'] as const;

/** What each type of event carries. */
export interface PublicEvents {
  'session.created': {
    /** UUID in lower case */
    sessionId: string;
    name: string;
    /** sandbox: the built-in simulated network; whatsapp: the real one */
    network: "sandbox" | "whatsapp";
    /** Your own keys and values, echoed in every event of the session; at most 20, keys up to 64 characters */
    metadata?: Record<string, string>;
  };
  'session.updated': {
    /** UUID in lower case */
    sessionId: string;
    name: string;
    description: string;
    /** Your own keys and values, echoed in every event of the session; at most 20, keys up to 64 characters */
    metadata: Record<string, string>;
  };
  'session.connecting': {
    /** UUID in lower case */
    sessionId: string;
  };
  'session.qr': {
    /** UUID in lower case */
    sessionId: string;
    /** PNG data URL. Null where the code is not valid any more, and for credentials without the scope manage: whoever has the code can take the session */
    qrCode: string | null;
    /** UTC instant */
    expiresAt: string;
  };
  'session.paired': {
    /** UUID in lower case */
    sessionId: string;
    /** Digits with country code */
    phone: string;
    /** WhatsApp's identifier of a user that is not the phone number, digits */
    lid?: string;
  };
  'session.connected': {
    /** UUID in lower case */
    sessionId: string;
    /** Digits with country code */
    phone: string;
  };
  'session.reconnecting': {
    /** UUID in lower case */
    sessionId: string;
    /** Why, in plain words */
    reason: string;
    cause: "connection-lost" | "connection-refused" | "unresponsive" | "replaced" | "server-unavailable" | "restart-required" | "logged-out" | "banned" | "client-outdated" | "qr-timeout" | "requested" | "shutdown" | "unknown";
    attempt: number;
    delayMs: number;
  };
  'session.disconnected': {
    /** UUID in lower case */
    sessionId: string;
    /** Why, in plain words */
    reason: string;
    cause: "connection-lost" | "connection-refused" | "unresponsive" | "replaced" | "server-unavailable" | "restart-required" | "logged-out" | "banned" | "client-outdated" | "qr-timeout" | "requested" | "shutdown" | "unknown";
  };
  'session.failed': {
    /** UUID in lower case */
    sessionId: string;
    /** Why, in plain words */
    reason: string;
    cause: "connection-lost" | "connection-refused" | "unresponsive" | "replaced" | "server-unavailable" | "restart-required" | "logged-out" | "banned" | "client-outdated" | "qr-timeout" | "requested" | "shutdown" | "unknown";
  };
  'session.restricted': {
    /** UUID in lower case */
    sessionId: string;
    /** Why, in plain words */
    reason: string;
    /** UTC instant */
    until: string;
  };
  'session.unrestricted': {
    /** UUID in lower case */
    sessionId: string;
  };
  'session.deleted': {
    /** UUID in lower case */
    sessionId: string;
  };
  'message.received': {
    /** UUID in lower case */
    sessionId: string;
    /** Message id */
    messageId: string;
    /** Id on the wire */
    waMessageId: string;
    from: string | null;
    /** WhatsApp's identifier of a user that is not the phone number, digits */
    lid?: string;
    /** The name the sender goes by */
    name?: string;
    /** Id of the group it was written in */
    group?: string;
    kind: "text" | "reaction" | "edit" | "delete" | "media" | "location" | "contact" | "other";
    text: string | null;
    /** Whether it had waited on the server while the session was away */
    offline: boolean;
    /** UTC instant */
    receivedAt: string;
    /** When WhatsApp took it from its sender, to the second */
    writtenAt?: string;
    target?: {
      /** Id on the wire */
      waMessageId: string;
      /** Absent when the platform never saw that message */
      messageId?: string;
    };
    replyTo?: {
      /** Id on the wire */
      waMessageId: string;
      /** Absent when the platform never saw that message */
      messageId?: string;
    };
    media?: {
      type: "image" | "video" | "audio" | "voice" | "document" | "sticker";
      mimeType?: string;
      sizeBytes?: number;
      durationSeconds?: number;
      widthPixels?: number;
      heightPixels?: number;
      fileName?: string;
    };
    location?: {
      latitude: number;
      longitude: number;
      name?: string;
      address?: string;
    };
    contacts?: {
      name: string;
      phones: string[];
    }[];
  };
  'message.status': {
    /** UUID in lower case */
    sessionId: string;
    /** Message id */
    messageId: string;
    status: "sent" | "delivered" | "read" | "failed";
    /** Campaign id */
    campaignId?: string;
    to?: string | null;
    /** Why it failed: a code of the error catalogue */
    code?: string;
    /** Why, in plain words */
    reason?: string;
  };
  'campaign.scheduled': {
    /** Campaign id */
    campaignId: string;
    /** UTC instant */
    startAt: string;
    /** UUID in lower case */
    sessionId?: string;
  };
  'campaign.progress': {
    /** UUID in lower case */
    sessionId?: string;
    /** Campaign id */
    campaignId: string;
    status: "running" | "paused" | "cancelled" | "completed";
    total: number;
    sent: number;
    failed: number;
    optedOut?: number;
    /** Why it is paused: a code of the error catalogue */
    code?: string;
    /** Why, in plain words */
    reason?: string;
  };
  'webhook.disabled': {
    /** Webhook id */
    webhookId: string;
    /** gone: the receiver answered 410; failing: nothing reached it for five days; plan: the plan lacks webhooks now */
    reason: "gone" | "failing" | "plan";
    /** UTC instant */
    failingSince?: string;
    /** UUID in lower case */
    sessionId?: string;
  };
}
export type PublicEventType = keyof PublicEvents;
/** `id` is the same wherever and however often the event is seen. */
export type PublicEvent = {
  [T in PublicEventType]: { id: string; type: T; timestamp: string; sessionId?: string; data: PublicEvents[T] };
}[PublicEventType];
/** An event at its place in the feed. */
export type FeedEvent = PublicEvent & { cursor: string };

export const operationTable = {
  register: { method: 'POST', path: '/api/register', input: true },
  login: { method: 'POST', path: '/api/login', input: true },
  refreshTokens: { method: 'POST', path: '/api/token/refresh', input: true },
  logOut: { method: 'POST', path: '/api/logout', input: true, keyed: true },
  changePassword: { method: 'POST', path: '/api/password', input: true },
  getMe: { method: 'GET', path: '/api/me', input: false },
  updateMe: { method: 'POST', path: '/api/me', input: true, keyed: true },
  listAudit: { method: 'GET', path: '/api/audit', input: true },
  createApiKey: { method: 'POST', path: '/api/keys', input: true, keyed: true },
  listApiKeys: { method: 'GET', path: '/api/keys', input: false },
  revokeApiKey: { method: 'DELETE', path: '/api/keys/:keyId', input: true },
  createSession: { method: 'POST', path: '/api/sessions', input: true, keyed: true },
  listSessions: { method: 'GET', path: '/api/sessions', input: false },
  getSession: { method: 'GET', path: '/api/sessions/:sessionId', input: true },
  updateSession: { method: 'PATCH', path: '/api/sessions/:sessionId', input: true },
  connectSession: { method: 'POST', path: '/api/sessions/:sessionId/connect', input: true, keyed: true },
  disconnectSession: { method: 'POST', path: '/api/sessions/:sessionId/disconnect', input: true, keyed: true },
  getSessionQr: { method: 'GET', path: '/api/sessions/:sessionId/qr', input: true },
  requestPairingCode: { method: 'POST', path: '/api/sessions/:sessionId/pairing-code', input: true },
  getSessionStatus: { method: 'GET', path: '/api/sessions/:sessionId/status', input: true },
  getSessionUptime: { method: 'GET', path: '/api/sessions/:sessionId/uptime', input: true },
  deleteSession: { method: 'DELETE', path: '/api/sessions/:sessionId', input: true },
  sendMessage: { method: 'POST', path: '/api/sessions/:sessionId/send', input: true, keyed: true },
  sendMessageBatch: { method: 'POST', path: '/api/sessions/:sessionId/messages/batch', input: true, keyed: true },
  resendMessage: { method: 'POST', path: '/api/messages/:messageId/resend', input: true, keyed: true },
  bulkSend: { method: 'POST', path: '/api/whatsapp/bulk-send', input: true, keyed: true },
  createCampaign: { method: 'POST', path: '/api/campaigns', input: true, keyed: true },
  listCampaigns: { method: 'GET', path: '/api/campaigns', input: true },
  getCampaign: { method: 'GET', path: '/api/campaigns/:campaignId', input: true },
  getCampaignStats: { method: 'GET', path: '/api/campaigns/:campaignId/stats', input: true },
  uploadRecipients: { method: 'POST', path: '/api/campaigns/:campaignId/recipients', input: true, contentType: 'text/csv' },
  previewCampaign: { method: 'GET', path: '/api/campaigns/:campaignId/preview', input: true },
  startCampaign: { method: 'POST', path: '/api/campaigns/:campaignId/start', input: true, keyed: true },
  pauseCampaign: { method: 'POST', path: '/api/campaigns/:campaignId/pause', input: true, keyed: true },
  resumeCampaign: { method: 'POST', path: '/api/campaigns/:campaignId/resume', input: true, keyed: true },
  cancelCampaign: { method: 'POST', path: '/api/campaigns/:campaignId/cancel', input: true, keyed: true },
  retryCampaign: { method: 'POST', path: '/api/campaigns/:campaignId/retry', input: true, keyed: true },
  listCampaignRecipients: { method: 'GET', path: '/api/campaigns/:campaignId/recipients', input: true },
  listCampaignEvents: { method: 'GET', path: '/api/campaigns/:campaignId/events', input: true },
  exportCampaign: { method: 'GET', path: '/api/campaigns/:campaignId/export', input: true, download: true },
  listSuppressions: { method: 'GET', path: '/api/suppressions', input: true },
  addSuppressions: { method: 'POST', path: '/api/suppressions', input: true, keyed: true },
  importSuppressions: { method: 'POST', path: '/api/suppressions/import', input: true, contentType: 'text/csv' },
  exportSuppressions: { method: 'GET', path: '/api/suppressions/export', input: false, download: true },
  removeSuppression: { method: 'DELETE', path: '/api/suppressions/:number', input: true },
  getOptOutWords: { method: 'GET', path: '/api/opt-out-words', input: false },
  setOptOutWords: { method: 'POST', path: '/api/opt-out-words', input: true, keyed: true },
  listMessages: { method: 'GET', path: '/api/messages', input: true },
  getMessage: { method: 'GET', path: '/api/messages/:messageId', input: true },
  getMessageStats: { method: 'GET', path: '/api/messages/stats', input: true },
  getMessageLatency: { method: 'GET', path: '/api/messages/latency', input: true },
  listFailedMessages: { method: 'GET', path: '/api/messages/failed', input: true },
  listEvents: { method: 'GET', path: '/api/events', input: true },
  createEventsTicket: { method: 'POST', path: '/api/events/ticket', input: false },
  checkContacts: { method: 'GET', path: '/api/contacts/check', input: true },
  createWebhook: { method: 'POST', path: '/api/webhooks', input: true, keyed: true },
  listWebhooks: { method: 'GET', path: '/api/webhooks', input: false },
  getWebhook: { method: 'GET', path: '/api/webhooks/:webhookId', input: true },
  updateWebhook: { method: 'PATCH', path: '/api/webhooks/:webhookId', input: true },
  deleteWebhook: { method: 'DELETE', path: '/api/webhooks/:webhookId', input: true },
  testWebhook: { method: 'POST', path: '/api/webhooks/:webhookId/test', input: true, keyed: true },
  pauseWebhook: { method: 'POST', path: '/api/webhooks/:webhookId/pause', input: true, keyed: true },
  resumeWebhook: { method: 'POST', path: '/api/webhooks/:webhookId/resume', input: true, keyed: true },
  rotateWebhookSecret: { method: 'POST', path: '/api/webhooks/:webhookId/rotate-secret', input: true, keyed: true },
  listWebhookDeliveries: { method: 'GET', path: '/api/webhooks/:webhookId/deliveries', input: true },
  getWebhookDelivery: { method: 'GET', path: '/api/webhooks/:webhookId/deliveries/:deliveryId', input: true },
  resendWebhookDelivery: { method: 'POST', path: '/api/webhooks/:webhookId/deliveries/:deliveryId/resend', input: true, keyed: true },
  replayWebhook: { method: 'POST', path: '/api/webhooks/:webhookId/replay', input: true, keyed: true },
  initWhatsApp: { method: 'POST', path: '/api/whatsapp/init', input: false, keyed: true },
  getWhatsAppQr: { method: 'GET', path: '/api/whatsapp/qr', input: false },
  getWhatsAppStatus: { method: 'GET', path: '/api/whatsapp/status', input: false },
  sendWhatsAppMessage: { method: 'POST', path: '/api/whatsapp/send', input: true, keyed: true },
  scanQr: { method: 'POST', path: '/sandbox/phones/scan', input: true, keyed: true },
  enterPairingCode: { method: 'POST', path: '/sandbox/phones/pair', input: true, keyed: true },
  simulateIncomingMessage: { method: 'POST', path: '/sandbox/messages', input: true, keyed: true },
  getInbox: { method: 'GET', path: '/sandbox/phones/:number/inbox', input: true },
  injectFault: { method: 'POST', path: '/sandbox/faults', input: true, keyed: true },
} as const;
