import { assert, assertEquals, assertRejects } from '../assert.ts';
import {
  checkEndpointUrl,
  EndpointRefused,
  EndpointUnresolved,
  parseAllowedHosts,
  resolveHost,
} from '../../shared/endpoint_address.ts';
import { failureOf, thrownBy } from './failure_of.ts';

const resolvesTo = (...addresses: string[]) => () => Promise.resolve(addresses);
const toPublic = { allowedHosts: [], resolve: resolvesTo('93.184.215.14', '2606:2800:21f::1') };
const neverResolves = () => Promise.reject(new Error('must not be asked'));

const fine = [
  'https://example.com/hook',
  'https://example.com:8443/hook?key=1',
  'https://EXAMPLE.com./hook',
  'https://1.1.1.1/hook',
  'https://[2606:4700:4700::1111]/hook',
  'https://bücher.example/',
  'https://localhost.example.com/',
  'https://internal.example.com/',
];

for (const url of fine) {
  Deno.test(`${url} may be called`, async () => {
    assertEquals((await checkEndpointUrl(url, toPublic)).href, new URL(url).href);
  });
}

const refused: [string, string][] = [
  ['', 'absolute URL'],
  ['/hook', 'absolute URL'],
  ['https://', 'absolute URL'],
  ['https://[fe80::1%25eth0]/', 'absolute URL'],
  ['http://example.com/', 'https'],
  ['ftp://example.com/', 'https'],
  ['file:///etc/passwd', 'https'],
  ['data:text/plain,x', 'https'],
  ['javascript:alert(1)', 'https'],
  ['https://user@example.com/', 'user name'],
  ['https://:secret@example.com/', 'user name'],
  ['https://localhost/', 'internal name'],
  ['https://LOCALHOST./', 'internal name'],
  ['https://localhost../', 'internal name'],
  ['https://%6cocalhost/', 'internal name'],
  ['https://a.localhost/', 'internal name'],
  ['https://printer.local/', 'internal name'],
  ['https://metadata.google.internal/', 'internal name'],
  ['https://127.0.0.1/', 'public address'],
  ['https://127.1/', 'public address'],
  ['https://2130706433/', 'public address'],
  ['https://0x7f000001/', 'public address'],
  ['https://0177.0.0.1/', 'public address'],
  ['https://127.0.0.1./', 'public address'],
  ['https://①②⑦.0.0.1/', 'public address'],
  ['https://0/', 'public address'],
  ['https://10.0.0.1/', 'public address'],
  ['https://169.254.169.254/latest/meta-data', 'public address'],
  ['https://100.64.0.1/', 'public address'],
  ['https://224.0.0.1/', 'public address'],
  ['https://[::1]/', 'public address'],
  ['https://[::]/', 'public address'],
  ['https://[::ffff:127.0.0.1]/', 'public address'],
  ['https://[::ffff:a00:1]/', 'public address'],
  ['https://[64:ff9b::7f00:1]/', 'public address'],
  ['https://[fd00::1]/', 'public address'],
  ['https://[fe80::1]/', 'public address'],
];

for (const [url, complaint] of refused) {
  Deno.test(`'${url}' may not be called`, async () => {
    const check = checkEndpointUrl(url, { allowedHosts: [], resolve: neverResolves });
    const error = await thrownBy(() => check);
    assert(error instanceof EndpointRefused);
    const failure = failureOf(error);
    assertEquals(failure.errorType, 'validation_error');
    assert(failure.message.includes(complaint), failure.message);
    assert(!failure.message.includes('secret'), failure.message);
  });
}

const answers: [string, string[]][] = [
  ['a private A record', ['10.0.0.1']],
  ['one private address among public ones', ['93.184.215.14', '192.168.0.1']],
  ['a private AAAA record', ['93.184.215.14', 'fd00::1']],
  ['a mapped loopback address', ['::ffff:127.0.0.1']],
  ['the metadata service', ['169.254.169.254']],
];

for (const [label, addresses] of answers) {
  Deno.test(`a host behind ${label} may not be called`, async () => {
    const check = { allowedHosts: [], resolve: resolvesTo(...addresses) };
    const error = await assertRejects(
      () => checkEndpointUrl('https://rebound.example/', check),
      EndpointRefused,
    );
    assert(!addresses.some((address) => error.message.includes(address)), error.message);
  });
}

const allowed: [string, string, boolean][] = [
  ['localhost', 'http://localhost:54321/hook', true],
  ['localhost:54321', 'http://localhost:54321/hook', true],
  ['localhost:54321', 'http://localhost:5432/hook', false],
  ['localhost:80', 'http://localhost/hook', true],
  ['localhost:443', 'https://localhost/hook', true],
  ['127.0.0.1', 'http://127.0.0.1:9000/', true],
  ['127.0.0.1', 'http://2130706433:9000/', true],
  ['[::1]:9000', 'http://[::1]:9000/', true],
  ['::1', 'http://[::1]:9000/', true],
  ['Kong', 'http://kong:8000/', true],
  ['example.com', 'http://example.com/', true],
  ['example.com', 'http://www.example.com/', false],
  ['example.com', 'http://example.com.evil.test/', false],
  ['localhost', 'ftp://localhost/', false],
  ['localhost', 'http://user:pass@localhost/', false],
];

for (const [hosts, url, isFine] of allowed) {
  Deno.test(`with ${hosts} allowed, ${url} may ${isFine ? '' : 'not '}be called`, async () => {
    const check = { allowedHosts: parseAllowedHosts(hosts), resolve: neverResolves };
    const outcome = await checkEndpointUrl(url, check).then(() => true, () => false);
    assertEquals(outcome, isFine);
  });
}

Deno.test('a list of allowed hosts may be absent, spaced and trailed by commas', () => {
  assertEquals(parseAllowedHosts(undefined), []);
  assertEquals(parseAllowedHosts(' , '), []);
  assertEquals(parseAllowedHosts('A.example:80, [::1] ,'), ['a.example:80', '[::1]']);
});

Deno.test('a host that does not resolve is a network error, not a refusal', async () => {
  const failing = [
    () => Promise.reject(new Error('SERVFAIL')),
    resolvesTo(),
    () => resolveHost('nobody.invalid'),
  ];
  for (const resolve of failing) {
    const check = { allowedHosts: [], resolve };
    const error = await assertRejects(
      () => checkEndpointUrl('https://nobody.invalid/', check),
      EndpointUnresolved,
    );
    assertEquals(failureOf(error).errorType, 'network');
  }
});
