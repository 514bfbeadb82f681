#!/bin/bash
# WAMessenger Quick Test Script
BASE_URL="https://wamessenger.alintro.com/api"
EMAIL="your@email.com"
PASSWORD="password"
# Login
echo "Logging in..."
TOKEN=$(curl -s -X POST "$BASE_URL/login" \
-H "Content-Type: application/json" \
-d "{\"email\":\"$EMAIL\",\"password\":\"$PASSWORD\"}" \
| jq -r '.token')
echo "Token: ${TOKEN:0:20}..."
# Create session
echo "Creating session..."
SESSION_ID=$(curl -s -X POST "$BASE_URL/sessions" \
-H "Authorization: Bearer $TOKEN" \
-H "Content-Type: application/json" \
-d '{"name":"Test Session"}' \
| jq -r '.sessionId')
echo "Session ID: $SESSION_ID"
# Get QR code
echo "Getting QR code..."
curl -s "$BASE_URL/sessions/$SESSION_ID/qr" \
-H "Authorization: Bearer $TOKEN" | jq
# Wait for user to scan, then send message
read -p "Press Enter after scanning QR code..."
# Send message
curl -X POST "$BASE_URL/sessions/$SESSION_ID/send" \
-H "Authorization: Bearer $TOKEN" \
-H "Content-Type: application/json" \
-d '{"to":"919876543210","message":"Hello from script!"}'
