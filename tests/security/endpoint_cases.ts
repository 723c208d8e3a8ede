import assert from 'node:assert/strict';
import { createServiceClient } from '../../shared/service_client.ts';
import { CronProcessor } from '../../shared/cron_processor.ts';
import { listeningLogger } from '../shared/workspace.ts';
import { type Attacked, type Cases, request } from './attacked.ts';

interface Ended {
  status: string;
  error_type: string | null;
  error: string | null;
}

/** Addresses that lead inside, or that say who calls; each with what its owner is told. */
const REFUSED: [url: string, complaint: RegExp][] = [
  ['https://169.254.169.254/latest/meta-data/', /public address/],
  ['https://2852039166/latest/meta-data/', /public address/],
  ['https://0xa9fea9fe/', /public address/],
  ['https://0251.0376.0251.0376/', /public address/],
  ['https://169.254.43518/', /public address/],
  ['https://10.0.0.1./', /public address/],
  ['https://100.64.0.1/', /public address/],
  ['https://192.168.1.1:8443/', /public address/],
  ['https://0.0.0.0:22/', /public address/],
  ['https://[fd00:ec2::254]/', /public address/],
  ['https://[fe80::1]/', /public address/],
  ['https://[::ffff:169.254.169.254]/', /public address/],
  ['https://[::ffff:a9fe:a9fe]/', /public address/],
  ['https://[64:ff9b::a9fe:a9fe]/', /public address/],
  ['https://[2002:a9fe:a9fe::]/', /public address/],
  ['https://metadata.google.internal/', /internal name/],
  ['https://db.local./', /internal name/],
  ['http://example.com/', /must use https/],
  ['http://127.0.0.2/', /must use https/],
  ['http://[::1%25lo]/', /absolute URL/],
];

/** Gives each endpoint a type with a job that is due. */
async function enqueue({ society: { sql } }: Attacked, prefix: string, urls: string[]) {
  for (const [place, endpoint_url] of urls.entries()) {
    const job_type = `${prefix}_${place}`;
    await sql`insert into puppet_job_retry_config ${sql({ job_type, endpoint_url })}`;
    await sql`insert into puppet_jobs ${sql({ user_id: crypto.randomUUID(), job_type })}`;
  }
}

/** How the jobs ended, in the order of their endpoints. */
async function endings({ society: { sql } }: Attacked, prefix: string): Promise<Ended[]> {
  return await sql<Ended[]>`
    select status, last_error_type as error_type, last_execution_error as error
    from puppet_jobs
    where job_type ~ ${`^${prefix}_\\d+$`}
    order by substring(job_type from '\\d+$')::int
  `;
}

/** Runs the project's own processor until nothing is due. */
async function run(attacked: Attacked): Promise<void> {
  const headers = { apikey: attacked.platform.keys.secret };
  const answer = await request(attacked, 'POST', '/functions/v1/processor?wait=true', headers);
  assert.equal(answer.status, 200, answer.text);
}

/** What names resolve to where an attacker has the name's zone. */
const ZONE: Record<string, string[]> = {
  'private.example': ['10.1.2.3'],
  'metadata.example': ['169.254.169.254'],
  '169-254-169-254.nip.example': ['169.254.169.254'],
  'loopback.example': ['127.0.0.1'],
  'mixed.example': ['93.184.215.14', '10.0.0.1'],
  'mapped.example': ['::ffff:127.0.0.1'],
  'ula.example': ['93.184.215.14', 'fd00::1'],
  'nat64.example': ['64:ff9b::a00:1'],
};

/** Lets names resolve as in ZONE while the work is done; what they are asked for is counted. */
async function inZone(work: () => Promise<void>): Promise<void> {
  const real = Deno.resolveDns;
  const resolveDns = (host: string, type: string) => {
    const wanted = (ZONE[host] ?? []).filter((address) =>
      address.includes(':') === (type === 'AAAA')
    );
    return wanted.length > 0
      ? Promise.resolve(wanted)
      : Promise.reject(new Deno.errors.NotFound(`no ${type} of ${host}`));
  };
  Reflect.set(Deno, 'resolveDns', resolveDns);
  try {
    await work();
  } finally {
    Reflect.set(Deno, 'resolveDns', real);
  }
}

export const endpointCases: Cases = {
  'an endpoint that leads inside ends its job, which says why': async (attacked) => {
    await enqueue(attacked, 'inside', REFUSED.map(([url]) => url));
    await run(attacked);
    const ended = await endings(attacked, 'inside');
    for (const [place, [url, complaint]] of REFUSED.entries()) {
      const { status, error_type, error } = ended[place]!;
      assert.deepEqual([status, error_type], ['permanently_failed', 'validation_error'], url);
      assert.match(error ?? '', complaint, url);
    }
  },

  'an endpoint with a password is refused': async (attacked) => {
    await assert.rejects(
      enqueue(attacked, 'userinfo', ['https://ada:opensesame@example.com/']),
      /endpoint_url_has_no_user_name_or_password/,
    );
  },

  'a redirect is not followed, wherever it leads': async (attacked) => {
    const seen: string[] = [];
    await using target = Deno.serve({ port: 0, hostname: '127.0.0.1', onListen() {} }, (asked) => {
      const { pathname } = new URL(asked.url);
      seen.push(pathname);
      const [, status, to] = /^\/(\d+)\/(.*)$/.exec(pathname) ?? [];
      const location = to === 'here' ? '/inside' : 'https://169.254.169.254/latest/meta-data/';
      return new Response(null, { status: Number(status ?? 200), headers: { location } });
    });
    const paths = [301, 302, 303, 307, 308].flatMap((
      status,
    ) => [`/${status}/here`, `/${status}/out`]);
    const base = `http://127.0.0.1:${target.addr.port}`;
    await enqueue(attacked, 'redirect', paths.map((path) => `${base}${path}`));
    await run(attacked);
    for (const { status, error_type, error } of await endings(attacked, 'redirect')) {
      assert.deepEqual([status, error_type], ['permanently_failed', 'validation_error']);
      assert.match(error ?? '', /^30\d .*redirects are not followed/);
    }
    assert.deepEqual(seen.sort(), paths.sort());
  },

  'a name that resolves to an address inside ends its job': async (attacked) => {
    const { platform } = attacked;
    const names = Object.keys(ZONE);
    await enqueue(attacked, 'name', names.map((name) => `https://${name}/`));
    const environment = new Map(Object.entries(platform.env));
    const processor = new CronProcessor({
      processorId: 'attacked',
      client: createServiceClient((name) => environment.get(name)),
      handlers: [],
      allowedHosts: [],
      logger: listeningLogger(),
    });
    await inZone(async () => void await processor.drain({ maxSeconds: 60, maxJobs: 100 }));
    const ended = await endings(attacked, 'name');
    for (const [place, name] of names.entries()) {
      const { status, error_type, error } = ended[place]!;
      assert.deepEqual([status, error_type], ['permanently_failed', 'validation_error'], name);
      assert.match(error ?? '', /must resolve to public addresses only/);
      // Which address it was would tell an outsider about the network inside.
      for (const address of ZONE[name] ?? []) assert.ok(!error?.includes(address), error ?? '');
    }
  },
};
