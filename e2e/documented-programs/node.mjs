const BASE_URL = 'https://wamessenger.alintro.com/api';
class WAMessenger {
constructor() {
this.token = null;
this.sessionId = null;
}
async login(email, password) {
const response = await fetch(`${BASE_URL}/login`, {
method: 'POST',
headers: { 'Content-Type': 'application/json' },
body: JSON.stringify({ email, password })
});
const data = await response.json();
this.token = data.token;
return data;
}
async createSession(name = 'My Session') {
const response = await fetch(`${BASE_URL}/sessions`, {
method: 'POST',
headers: {
'Authorization': `Bearer ${this.token}`,
'Content-Type': 'application/json'
},
body: JSON.stringify({ name })
});
const data = await response.json();
this.sessionId = data.sessionId;
return data;
}
async getQRCode() {
const response = await fetch(`${BASE_URL}/sessions/${this.sessionId}/qr`, {
headers: { 'Authorization': `Bearer ${this.token}` }
});
return response.json();
}
async waitForConnection(maxAttempts = 60, interval = 2000) {
for (let i = 0; i < maxAttempts; i++) {
const response = await fetch(`${BASE_URL}/sessions/${this.sessionId}/status`, {
headers: { 'Authorization': `Bearer ${this.token}` }
});
const data = await response.json();
if (data.status === 'connected') {
return true;
}
await new Promise(resolve => setTimeout(resolve, interval));
}
throw new Error('Connection timeout');
}
async sendMessage(to, message) {
const response = await fetch(`${BASE_URL}/sessions/${this.sessionId}/send`, {
method: 'POST',
headers: {
'Authorization': `Bearer ${this.token}`,
'Content-Type': 'application/json'
},
body: JSON.stringify({ to, message })
});
return response.json();
}
}
// Usage
async function main() {
const wa = new WAMessenger();
// Login
await wa.login('your@email.com', 'password');
// Create session
await wa.createSession('My Bot');
// Get QR code and display it
const { qrCode } = await wa.getQRCode();
console.log('Scan this QR code with WhatsApp:', qrCode);
// Wait for connection
await wa.waitForConnection();
console.log('Connected!');
// Send a message
const result = await wa.sendMessage('919876543210', 'Hello from my bot!');
console.log(result.success ? 'Message sent!' : 'Failed to send');
}
main().catch(console.error);
