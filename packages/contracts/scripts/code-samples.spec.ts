import Type from 'typebox';
import { describe, expect, it } from 'vitest';
import { defineOperation } from '../src/operation.ts';
import { codeSamplesOf } from './code-samples.ts';

const operation = defineOperation({
  id: 'sendThing',
  method: 'POST',
  path: '/api/things/:thingId/send',
  tag: 'Things',
  summary: 'Send a thing',
  auth: 'account',
  scope: 'send',
  params: Type.Object({ thingId: Type.String() }),
  query: Type.Object({ numbers: Type.String() }),
  body: Type.Object({ text: Type.String(), urgent: Type.Boolean(), after: Type.Null() }),
  responses: { 200: Type.Object({}) },
  errors: [],
  example: {
    params: { thingId: 'a/b' },
    query: { numbers: '1,2' },
    body: { text: `It's "new"`, urgent: true, after: null },
  },
  route: { via: 'request', service: 'auth' },
});
const sampleIn = (label: string, of = operation as Parameters<typeof codeSamplesOf>[0]): string =>
  codeSamplesOf(of).find((sample) => sample.label === label)!.source;

describe('the samples of an operation', () => {
  it('quote for the shell', () => {
    expect(sampleIn('curl')).toBe(
      `curl -X POST "$WAM/api/things/a%2Fb/send?numbers=1,2" \\
  -H "Authorization: Bearer $TOKEN" \\
  -H "Content-Type: application/json" \\
  -d '{
  "text": "It'\\''s \\"new\\"",
  "urgent": true,
  "after": null
}'`,
    );
  });

  it('call the typed client', () => {
    expect(sampleIn('TypeScript')).toBe(
      `import { createClient } from '@wam/client';

const wam = createClient({ baseUrl: process.env.WAM!, token: process.env.TOKEN! });
const answer = await wam.sendThing({
  params: { thingId: 'a/b' },
  query: { numbers: '1,2' },
  body: { text: 'It\\'s "new"', urgent: true, after: null },
});
console.log(answer);`,
    );
  });

  it('speak Python', () => {
    expect(sampleIn('Python')).toBe(
      `import os

import requests

response = requests.post(
    f"{os.environ['WAM']}/api/things/a%2Fb/send",
    headers={"Authorization": f"Bearer {os.environ['TOKEN']}"},
    params={"numbers": "1,2"},
    json={"text": "It's \\"new\\"", "urgent": True, "after": None},
)
response.raise_for_status()
print(response.json())`,
    );
  });

  it('leave out what an operation does not take', () => {
    const { params: _params, query: _query, body: _body, ...rest } = operation;
    const plain = { ...rest, method: 'GET', path: '/api/things', auth: 'public', example: {} } as const;
    expect(sampleIn('curl', plain)).toBe('curl "$WAM/api/things"');
    expect(sampleIn('TypeScript', plain)).toContain(
      '({ baseUrl: process.env.WAM! });\nconst answer = await wam.sendThing();',
    );
    expect(sampleIn('Python', plain)).toContain(`requests.get(\n    f"{os.environ['WAM']}/api/things",\n)`);
  });
});
