import assert from 'node:assert/strict';
import { redact } from '../../shared/redaction.ts';
import { databaseTest } from './database.ts';

// What is stored and what is logged are redacted by two languages, so both are held to one table.
const JWT = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl';
const CASES: [string, string][] = [
  ['nothing to hide: 429 Too Many Requests', 'nothing to hide: 429 Too Many Requests'],
  ['error code 42501 for key (id)=(7)', 'error code 42501 for key (id)=(7)'],
  ['', ''],
  [`token ${JWT} was refused`, 'token [redacted] was refused'],
  ['key sb_secret_abc-DEF_123 is wrong', 'key [redacted] is wrong'],
  ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw= rotated', '[redacted] rotated'],
  ['Bearer abcdefghijk', 'Bearer [redacted]'],
  ['sent basic dXNlcjpwYXNz to it', 'sent basic [redacted] to it'],
  ['Authorization: Token abc def\nHost: x', 'Authorization: [redacted]\nHost: x'],
  ['{"authorization":"Digest a=b, c=d","n":1}', '{"authorization":"[redacted]","n":1}'],
  ['Set-Cookie: sid=1; HttpOnly', 'Set-Cookie: [redacted]'],
  ['postgres://ada:pa:ss@db.example.com/x', 'postgres://[redacted]@db.example.com/x'],
  [
    'GET https://x.example/?a=1&api_key=zzzz&b=2',
    'GET https://x.example/?a=1&api_key=[redacted]&b=2',
  ],
  ['https://x.example/cb?code=abc#end', 'https://x.example/cb?code=[redacted]#end'],
  ['{"password": "two words", "user": "ada"}', '{"password": [redacted], "user": "ada"}'],
  ["client_secret='s3' token=t1a2", 'client_secret=[redacted] token=[redacted]'],
  [
    '{"accessToken":"zzz","refresh_token":"y"}',
    '{"accessToken":[redacted],"refresh_token":[redacted]}',
  ],
  ['status code: 503', 'status code: 503'],
  ['exit code: 137, auth: none', 'exit code: 137, auth: none'],
  [
    '{"code":"42501","message":"permission denied"}',
    '{"code":"42501","message":"permission denied"}',
  ],
  ['missing key: campaign_id', 'missing key: campaign_id'],
  ['No API key found', 'No API key found'],
  ['sk_live_abc123 and AKIAABCDEFGHIJKLMNOP', '[redacted] and [redacted]'],
  ['ghp_abcdefghijklmnop xoxb-123456789012-abc', '[redacted] [redacted]'],
  ['monkey=banana, keyboard: qwerty', 'monkey=banana, keyboard: qwerty'],
];

for (const [text, expected] of CASES) {
  databaseTest(`redaction, stored and logged: ${JSON.stringify(text)}`, async (sql) => {
    const [row] = await sql`select puppet_private.redacted(${text}) as stored`;
    assert.deepEqual({ stored: row?.stored, logged: redact(text) }, {
      stored: expected,
      logged: expected,
    });
  });
}

databaseTest('redaction: a context keeps its shape and loses its secrets', async (sql) => {
  const context = {
    url: 'https://a:b@x.example/',
    headers: { Authorization: ['Bearer abcdefgh'], accept: '*/*' },
    tokens: { access_token: { value: 'abc' } },
    list: [1, null, true, 'sb_secret_x'],
  };
  const [row] = await sql`
    select puppet_private.redacted_json(${JSON.stringify(context)}::text::jsonb) as stored
  `;
  assert.deepEqual(row?.stored, {
    url: 'https://[redacted]@x.example/',
    headers: { Authorization: '[redacted]', accept: '*/*' },
    tokens: { access_token: '[redacted]' },
    list: [1, null, true, '[redacted]'],
  });
});
