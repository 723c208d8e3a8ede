import assert from 'node:assert/strict';
import { redactJson } from '../../shared/redacted_json.ts';
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
  ['X-Api-Key: abcdef123456 sent', 'X-Api-Key: [redacted] sent'],
  ['?X-Amz-Signature=deadbeef&a=1', '?X-Amz-Signature=[redacted]&a=1'],
  ['refresh-token=zzzzzz', 'refresh-token=[redacted]'],
  ['client-secret: s3 and more', 'client-secret: [redacted] and more'],
  ['password=ab&pwd=x', 'password=[redacted]&pwd=[redacted]'],
  ['db.password => hunter2', 'db.password => [redacted]'],
  [
    'AccountName=a;AccountKey=ab+/c==;EndpointSuffix=x',
    'AccountName=a;AccountKey=[redacted];EndpointSuffix=x',
  ],
  [
    '{"a":"{\\"token\\":\\"abcdef123456\\",\\"n\\":1}"}',
    '{"a":"{\\"token\\":[redacted],\\"n\\":1}"}',
  ],
  ['{"password":"ab\\"cd","n":1}', '{"password":[redacted],"n":1}'],
  ['password="never closed', 'password=[redacted] closed'],
  ['push with github_pat_11AB_cd34 failed', 'push with [redacted] failed'],
  ['x=ghp_abcdefghijklmnop', 'x=[redacted]'],
  ['glpat-abcdefghij_klmnop', '[redacted]'],
  ['xoxp-123456789012-abc', '[redacted]'],
  ['id AKIAABCDEFGHIJKLMNOP.', 'id [redacted].'],
  [`sb-x-auth=base64-${JWT}`, 'sb-x-auth=base64-[redacted]'],
  [
    'private_key=-----BEGIN RSA PRIVATE KEY-----\nMIIE+/=\n-----END RSA PRIVATE KEY----- end',
    'private_key=[redacted] end',
  ],
  ['-----BEGIN PRIVATE KEY-----\nMIIE', '[redacted]'],
  ['-----BEGIN CERTIFICATE-----\nMIIE', '-----BEGIN CERTIFICATE-----\nMIIE'],
  ['postgres://u:pa/ss@host/db', 'postgres://[redacted]@host/db'],
  ['redis://:pa@ss@host:1', 'redis://[redacted]@host:1'],
  ['GET https://x.example:8443/u/a@b.example', 'GET https://x.example:8443/u/a@b.example'],
  ['https://x.example/a and mail a@b.example', 'https://x.example/a and mail a@b.example'],
  ['token expired', 'token expired'],
  ['Bearer token expired', 'Bearer token expired'],
  ['Basic authentication is off', 'Basic authentication is off'],
  ['author: x, authorized: yes', 'author: x, authorized: yes'],
  ['surveyJobProcessorFactory failed', 'surveyJobProcessorFactory failed'],
  ['max_tokens: 100, tokens=5', 'max_tokens: 100, tokens=5'],
  ['column "secretary" of relation', 'column "secretary" of relation'],
];

/** Texts on which a pattern that goes back and forth never ends. */
const NASTY = [
  '-eyJ',
  'eyJaaaaaaaaaa.',
  'a',
  'token',
  'token=',
  'token="',
  'token="\\"',
  'token\\',
  'cookie ',
  'bearer ',
  '://',
  '://a:b',
  '://a@',
  '-----BEGIN PRIVATE KEY-----',
  '-',
  ' ',
  'password:\n',
];

for (const part of NASTY) {
  databaseTest(`redaction: a megabyte of ${JSON.stringify(part)} ends`, async (sql) => {
    const text = part.repeat(1_000_000 / part.length);
    await sql`set local statement_timeout = '5s'`;
    const [row] = await sql`
      select char_length(puppet_private.redacted(${text})) as stored,
        char_length(puppet_private.redacted('cookie=1 ' || ${text})) as suspicious
    `;
    const logged = redact(text).length;
    for (const length of [row?.stored, row?.suspicious, logged]) {
      assert.ok(length <= 100_000, `${length} characters`);
    }
  });
}

databaseTest('redaction: half a secret at the cut does not stay', async (sql) => {
  const text = `${'x '.repeat(16_380)}AKIAABCDEFGHIJKLMNOP`;
  const [row] = await sql`select puppet_private.redacted(${text}) as stored`;
  assert.ok(!row!.stored.includes('AKIA') && !redact(text).includes('AKIA'));
  assert.ok(row!.stored.length > 32_000);
});

databaseTest('redaction: a context of any depth, or of escaped JSON, is one', async (sql) => {
  const stored = async (text: string) => {
    const [row] = await sql`select puppet_private.redacted_json(${text}::text::jsonb) as stored`;
    return row!.stored;
  };
  const headers = { 'x-api-key': 'abc', 'Client-Secret': 1, n: 1 };
  assert.deepEqual(await stored(JSON.stringify({ headers })), {
    headers: { 'x-api-key': '[redacted]', 'Client-Secret': '[redacted]', n: 1 },
  });
  assert.deepEqual(redactJson({ headers }), {
    headers: { 'x-api-key': '[redacted]', 'Client-Secret': '[redacted]', n: 1 },
  });
  const escaped = JSON.stringify({ body: '{"token":"abcdef123456"}' });
  assert.deepEqual(await stored(escaped), { body: '{"token":[redacted]}' });
  const deep = `${'['.repeat(4000)}"token=abc"${']'.repeat(4000)}`;
  assert.match(JSON.stringify(await stored(deep)), /^\[+"\[Too deep\]"\]+$/);
});

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
