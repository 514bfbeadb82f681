const io = require('socket.io-client');
const socket = io('https://wamessenger.alintro.com', {
  transports: ['websocket'],
});
socket.on('connect', () => {
  console.log('Connected to WAMessenger');
});
socket.on('qr', (data) => {
  console.log('QR Code received for session:', data.sessionId);
  // Display data.qrCode (base64 image)
});
socket.on('connected', (data) => {
  console.log(`Session ${data.sessionId} connected!`);
  console.log(`Phone: ${data.phone}`);
});
socket.on('disconnected', (data) => {
  console.log(`Session ${data.sessionId} disconnected:`, data.reason);
});
