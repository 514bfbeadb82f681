/** Requests and answers as the public API documentation prints them; lists it cuts short with dots are cut the same way. */
export const register = {
  request: { email: 'user@example.com', password: 'securepassword123', username: 'johndoe' },
  answer: {
    message: 'User registered successfully',
    token: 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9...',
    user: { userId: '550e8400-e29b-41d4-a716-446655440000', email: 'user@example.com', username: 'johndoe' },
  },
};
export const login = {
  request: { email: 'user@example.com', password: 'securepassword123' },
  answer: { ...register.answer, message: 'Login successful' },
};
export const createSession = {
  request: { name: 'Support Bot', description: 'Customer support automation' },
  answer: {
    success: true,
    sessionId: '550e8400-e29b-41d4-a716-446655440000',
    name: 'Support Bot',
    status: 'connecting',
    message: 'Session created. Generating QR code...',
  },
};
export const session = {
  sessionId: '550e8400-e29b-41d4-a716-446655440000',
  name: 'Support Bot',
  description: 'Customer support automation',
  phone: '919876543210',
  status: 'connected',
  hasQR: false,
  messagesSent: 1234,
  messagesReceived: 567,
  createdAt: '2024-01-15T10:30:00.000Z',
};
export const listSessions = { answer: { sessions: [session], total: 1 } };
export const connectSession = {
  answer: {
    success: true,
    sessionId: '550e8400-e29b-41d4-a716-446655440000',
    status: 'connecting',
    message: 'Connecting session. QR code will be generated...',
  },
};
export const qr = {
  answer: {
    qrCode: 'data:image/png;base64,iVBORw0KGgo...',
    status: 'pending',
    expiresAt: '2024-01-15T10:31:00.000Z',
  },
};
export const statusValues = ['connecting', 'pending', 'connected', 'reconnecting', 'disconnected', 'error'];
export const send = {
  request: { to: '919876543210', message: 'Hello from WAMessenger API! 🚀' },
  answer: { success: true, message: 'Message sent successfully' },
};
export const legacySend = {
  request: { number: '919876543210', message: 'Hello from WAMessenger!' },
  answer: send.answer,
};
export const bulkSend = {
  request: {
    contacts: ['919876543210', '919876543211', '919876543212'],
    message: '🎉 Special offer just for you!',
    delay: 3000,
  },
  answer: {
    total: 3,
    sent: 2,
    failed: 1,
    results: [
      { contact: '919876543210', success: true, status: 'Sent' },
      { contact: '919876543211', success: true, status: 'Sent' },
      { contact: '919876543212', success: false, status: 'Failed', error: 'Number not on WhatsApp' },
    ],
  },
};
export const stats = {
  answer: {
    success: true,
    totals: { sent: 1234, delivered: 1100, read: 890, failed: 45, total: 1279 },
    chart: {
      labels: ['Mon, Jan 8', 'Tue, Jan 9', 'Wed, Jan 10'],
      sent: [45, 62, 38, 71, 55, 42, 50],
      delivered: [42, 58, 35, 68, 52, 40, 48],
      read: [35, 50, 30, 60, 45, 35, 42],
      failed: [3, 4, 3, 3, 3, 2, 2],
    },
  },
};
export const failed = {
  answer: {
    success: true,
    count: 3,
    messages: [
      {
        id: '1705312200000',
        recipient: '919876543210',
        error: 'Number not registered on WhatsApp',
        timestamp: '2024-01-15T10:30:00.000Z',
        message: 'Hello, this is a test mess...',
      },
    ],
  },
};
export const error = {
  answer: {
    error: 'Session not found',
    message: 'The requested session does not exist or has been deleted',
    code: 'SESSION_NOT_FOUND',
  },
};
