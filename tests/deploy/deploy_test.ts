import assert from 'node:assert/strict';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withDatabase } from '../../supabase/local/database_client.ts';
import { type Platform, startPlatform } from '../../supabase/local/platform.ts';
import { supabaseCliEnvironment } from '../../supabase/local/supabase_cli.ts';
import { checkProject } from '../../supabase/deploy/project_folder.ts';
import { LiveProject } from '../../supabase/deploy/live_project.ts';
import { readDeploySettings } from '../../supabase/deploy/settings.ts';
import { STEPS } from '../../supabase/deploy/steps.ts';
import { makeTheirApp, type TheirApp } from '../install/their_app.ts';
import { skipUpdateCheck } from '../local/supabase_command.ts';
import { type ManagementApi, startManagementApi } from './management_api.ts';

const MAIN = fileURLToPath(new URL('../../supabase/deploy/main.ts', import.meta.url));
const TOKEN = `sbp_${'0123456789'.repeat(4)}`;
const REF = 'abcdefghijklmnopqrst';
const OTHER_REF = 'zyxwvutsrqponmlkjihg';
const SECRET_KEY = 'sb_secret_0123456789ABCDEF-ghij_AbCd-123';

function deployment(app: TheirApp, platform: Platform, management: ManagementApi) {
  return async (flags: string[] = [], changed: Record<string, string> = {}) => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ['run', '--allow-all', MAIN, '--project', app.path, ...flags],
      env: {
        ...await supabaseCliEnvironment(dirname(app.path)),
        HOME: join(dirname(app.path), 'supabase-cli'),
        DENO_DIR: Deno.env.get('DENO_DIR') ?? join(Deno.env.get('HOME') ?? '', '.cache', 'deno'),
        NO_COLOR: '1',
        SUPABASE_ACCESS_TOKEN: TOKEN,
        SUPABASE_PROJECT_REF: REF,
        SUPABASE_URL: platform.url,
        SUPABASE_SECRET_KEY: platform.keys.secret,
        SUPABASE_DB_URL: platform.projectDbUrl.replace(':postgres@', ':p%6Fstgres@'),
        SUPABASE_PROFILE: management.profile,
        ...changed,
      },
      stdin: 'null',
      signal: AbortSignal.timeout(280_000),
    }).output();
    const text = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join('');
    return { code, text };
  };
}

/** The local files that a module consists of, by Deno's own account. */
async function moduleFiles(app: string, entry: string): Promise<string[]> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ['info', '--json', '--no-lock', entry],
    cwd: join(app, 'puppet-retry'),
  }).output();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout));
  const paths: string[] = modules
    .filter(({ kind, specifier }: { kind: string; specifier: string }) =>
      kind === 'esm' && specifier.startsWith('file:')
    )
    .map(({ specifier }: { specifier: string }) => relative(app, fileURLToPath(specifier)));
  return paths.sort();
}

Deno.test('deploy: an installed project, from nothing to the first tick that is answered', async (t) => {
  await using app = await makeTheirApp();
  await app.install();
  await skipUpdateCheck(app.path);
  const folder = dirname(app.path);
  await using management = await startManagementApi(folder);
  await using platform = await startPlatform({
    folder: join(folder, 'platform'),
    temporary: true,
    project: app.path,
    migrate: false,
    ticks: false,
  });
  const deploy = deployment(app, platform, management);
  const secrets = [TOKEN, platform.keys.secret, 'p%6Fstgres', ':postgres@'];

  await t.step('without --yes and a terminal nothing is done', async () => {
    const { code, text } = await deploy();
    assert.deepEqual([code, management.uploads], [1, {}]);
    assert.match(text, /Nothing was changed/);
  });

  await t.step('every step is made, and none tells a secret', async () => {
    await Deno.writeTextFile(join(folder, 'functions.env'), 'MAIL_KEY=very-secret\n');
    const { code, text } = await deploy(['--yes', '--secrets', join(folder, 'functions.env')]);
    assert.equal(code, 0, text);
    assert.match(text, /migrations: \d+ applied: 20260301120000_things\.sql to .*schema_version/);
    assert.match(text, /functions: api, processor deployed/);
    assert.match(text, /arming the ticks: armed for http:\/\/127\.0\.0\.1:\d+/);
    assert.match(text, /a tick: it was answered, and its run has finished/);
    assert.match(text, /all is well/);
    for (const secret of [...secrets, 'very-secret']) {
      assert.ok(!text.includes(secret), `${secret} in ${text}`);
    }
    assert.equal(management.secrets['MAIL_KEY'], 'very-secret');
  });

  await t.step('each function goes up with its own files, and with nothing else', async () => {
    assert.deepEqual(Object.keys(management.uploads).sort(), ['api', 'processor']);
    for (const [name, { files, metadata }] of Object.entries(management.uploads)) {
      const entry = `functions/${name}/index.ts`;
      const modules = await moduleFiles(app.path, entry);
      assert.ok(modules.includes(`puppet-retry/${entry}`));
      assert.deepEqual(files, ['puppet-retry/deno.json', ...modules].sort(), name);
      assert.equal(metadata.entrypoint_path, `puppet-retry/${entry}`);
      assert.equal(metadata.import_map_path, 'puppet-retry/deno.json');
      assert.equal(metadata.verify_jwt, false);
    }
  });

  await t.step('the Vault has what ticks need, and the receipt is finished', async () => {
    await withDatabase(platform.dbUrl, async (sql) => {
      const names = await sql<{ name: string }[]>`select name from vault.secrets order by name`;
      assert.deepEqual(names.map(({ name }) => name), [
        'puppet_processor_secret',
        'puppet_processor_url',
      ]);
      const receipts = await sql`select finished_at from puppet_tick_receipts`;
      assert.equal(receipts.length, 1);
      assert.ok(receipts[0]!.finished_at);
    });
  });

  await t.step('again, what is done is found done', async () => {
    const { code, text } = await deploy(['--yes']);
    assert.equal(code, 0, text);
    assert.match(text, /migrations: all are applied/);
    assert.match(text, /arming the ticks: the ticks are armed for/);
    assert.match(text, /a tick: it was answered/);
  });

  await t.step('a database that was restored runs nothing, until --arm says so', async () => {
    await withDatabase(platform.dbUrl, async (sql) => {
      // Another timeline of the same cluster.
      await sql`
        update puppet_private.settings
        set armed_fingerprint = regexp_replace(armed_fingerprint, '-\\d+-', '-999-')
      `;
      const { code, text } = await deploy(['--yes']);
      assert.equal(code, 1);
      assert.match(text, /what is due there: disarmed: this database was restored or cloned/);
      assert.match(text, /deploy with --arm/);
      assert.doesNotMatch(text, /the processor ran|armed for http.*\n\na tick/);
      const again = await deploy(['--yes', '--arm']);
      assert.equal(again.code, 0, again.text);
      assert.match(again.text, /arming the ticks: armed for/);
    });
  });

  await t.step('a step that fails says which, why, and what to do', async () => {
    const wrong = { SUPABASE_DB_URL: 'postgresql://postgres:wrong-word@127.0.0.1:9/postgres' };
    const { code, text } = await deploy(['--yes'], wrong);
    assert.equal(code, 1);
    assert.match(text, /migrations: supabase db push failed:\n.*127\.0\.0\.1/s);
    assert.doesNotMatch(text, /wrong-word/);
    assert.match(text, /run it again when this is mended/);
  });
});

Deno.test('deploy: what is missing in the environment is named, all at once', () => {
  assert.throws(() => readDeploySettings('.', null, { SUPABASE_PROJECT_REF: REF }), (error) => {
    assert.match(
      String(error),
      /SUPABASE_ACCESS_TOKEN[\s\S]*SUPABASE_SECRET_KEY[\s\S]*SUPABASE_DB_PASSWORD/,
    );
    assert.doesNotMatch(String(error), /SUPABASE_PROJECT_REF/);
    return true;
  });
});

const ENVIRONMENT = {
  SUPABASE_ACCESS_TOKEN: TOKEN,
  SUPABASE_PROJECT_REF: REF,
  SUPABASE_SECRET_KEY: SECRET_KEY,
  SUPABASE_DB_PASSWORD: 'word',
};

/** What was copied wrongly, and what its owner is told. */
const MISTAKES = [
  {
    name: 'SUPABASE_PROJECT_REF',
    values: [`https://${REF}.supabase.co`, REF.toUpperCase(), 'my-project', `${REF}u`, `${REF} `],
    said: /SUPABASE_PROJECT_REF is not 20 lowercase letters: take only the <ref>/,
  },
  {
    name: 'SUPABASE_SECRET_KEY',
    values: [
      'sb_publishable_0123456789ABCDEF-ghij_AbCd',
      'eyJhbGciOi.eyJyb2xl.c2ln',
      'sb_secret_abcd····',
    ],
    said: /SUPABASE_SECRET_KEY does not look like sb_secret_…: copy a whole secret key/,
  },
];

for (const { name, values, said } of MISTAKES) {
  Deno.test(`deploy: a ${name} of a wrong shape is refused, and not repeated`, () => {
    for (const value of values) {
      assert.throws(
        () => readDeploySettings('.', null, { ...ENVIRONMENT, [name]: value }),
        ({ message }: Error) => said.test(message) && !message.includes(value),
        value,
      );
    }
  });
}

Deno.test('deploy: all that is of a wrong shape is named at once', () => {
  const wrong = { ...ENVIRONMENT, SUPABASE_PROJECT_REF: 'a', SUPABASE_SECRET_KEY: 'b' };
  assert.throws(
    () => readDeploySettings('.', null, wrong),
    /SUPABASE_PROJECT_REF is[\s\S]*SUPABASE_SECRET_KEY does/,
  );
  assert.equal(readDeploySettings('.', null, ENVIRONMENT).ref, REF);
});

Deno.test('deploy: a folder that is no project with Puppet Retry in it is refused', async () => {
  const folder = await Deno.makeTempDir({ prefix: 'puppet-retry-deploy-' });
  const check = (secrets: string | null = null) => checkProject(folder, ['api'], secrets);
  try {
    await assert.rejects(
      checkProject(join(folder, 'none'), ['api'], null),
      /There is no folder .*none: .*--project DIR/,
    );
    await assert.rejects(
      check(),
      /no supabase\/config\.toml in .*--project DIR, or .*supabase init/,
    );
    await Deno.mkdir(join(folder, 'supabase'));
    await Deno.writeTextFile(join(folder, 'supabase', 'config.toml'), '[functions.api]\n');
    await assert.rejects(check(), /has no function api, .*deno task install --into /);
    await Deno.mkdir(join(folder, 'supabase', 'functions', 'api'), { recursive: true });
    await Deno.writeTextFile(join(folder, 'supabase', 'functions', 'api', 'index.ts'), '');
    await check();
    await assert.rejects(check(join(folder, '.env')), /There is no file .*\.env: --secrets FILE/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test('deploy: the command says so before it asks for anything', async () => {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ['run', '--quiet', '--allow-all', MAIN, '--project', '/nowhere/at/all', '--yes'],
    clearEnv: true,
    // Nothing but where Deno finds what it has fetched.
    env: { ...pick(['HOME', 'DENO_DIR']), PATH: '', NO_COLOR: '1' },
    stdin: 'null',
    signal: AbortSignal.timeout(60_000),
  }).output();
  assert.equal(code, 1);
  assert.equal(
    new TextDecoder().decode(stderr),
    "There is no folder /nowhere/at/all: give your project's by --project DIR\n",
  );
});

Deno.test('deploy: what is due is done only where ticks may do it, or nobody ever let them', async () => {
  const settings = readDeploySettings('.', null, ENVIRONMENT);
  const step = STEPS.find(({ name }) => name === 'what is due there')!;
  const run = (ok: boolean, text: string, arm = false) => {
    const check = { name: 'ticks_armed', ok, text, advice: null };
    const live = Object.assign(new LiveProject(settings), {
      checks: () => Promise.resolve([check]),
    });
    return step.run({ settings, functions: [], live, arm });
  };
  await run(true, 'the ticks are armed for https://api.example.com');
  await run(false, 'disarmed: nobody armed the ticks yet; to arm them: …');
  const unclear = 'disarmed: whether the ticks may call cannot be told: permission denied';
  await assert.rejects(run(false, unclear), /cannot be told[\s\S]*deploy with --arm/);
  await run(false, unclear, true);
});

const URLS_OF_NO_USE: [string, RegExp][] = [
  ['SUPABASE_DB_URL=postgresql://postgres:pa#ss-word@db.example:5432/postgres', /percent-encode/],
  ['SUPABASE_DB_URL=postgresql://postgres:12#ss-word@db.example:5432/postgres', /percent-encode/],
  ['SUPABASE_DB_URL=postgresql://postgres:ss-word%@db.example:5432/postgres', /percent-encode/],
  [`SUPABASE_DB_URL=postgresql://postgres:ss-word@db.${OTHER_REF}.supabase.co/x`, /another proj/],
  [`SUPABASE_DB_URL=postgresql://postgres.${OTHER_REF}:ss-word@pooler.example/x`, /another proj/],
  ['SUPABASE_DB_URL=postgresql://postgres:ss-word@127.0.0.1:54322/postgres', /on this machine/],
  ['SUPABASE_URL=http://localhost:54321', /on this machine/],
  [`SUPABASE_URL=https://${OTHER_REF}.supabase.co`, /another project/],
];

Deno.test('deploy: a URL that leads elsewhere, or nowhere, is refused, and not repeated', () => {
  for (const [setting, said] of URLS_OF_NO_USE) {
    const [, name = '', value = ''] = /^(\w+)=(.*)$/.exec(setting) ?? [];
    assert.throws(
      () => readDeploySettings('.', null, { ...ENVIRONMENT, [name]: value }),
      ({ message }: Error) =>
        message.includes(name) && said.test(message) && !message.includes('ss-word'),
      setting,
    );
  }
  const own = {
    SUPABASE_URL: 'https://api.internationalization.com',
    SUPABASE_DB_URL:
      `postgresql://postgres.${REF}:ss-word@aws-0-eu-central-1.pooler.supabase.com/x`,
  };
  assert.equal(readDeploySettings('.', null, { ...ENVIRONMENT, ...own }).url, own.SUPABASE_URL);
});

Deno.test('deploy: the password of a connection URL goes by the environment', () => {
  const { database, url, cliEnvironment } = readDeploySettings('.', null, {
    SUPABASE_ACCESS_TOKEN: TOKEN,
    SUPABASE_PROJECT_REF: REF,
    SUPABASE_SECRET_KEY: SECRET_KEY,
    SUPABASE_DB_URL: 'postgresql://postgres.ref:p%40ss@pooler.example:5432/postgres',
    PATH: '/bin',
  });
  assert.equal(database, 'postgresql://postgres.ref@pooler.example:5432/postgres');
  assert.equal(url, `https://${REF}.supabase.co`);
  assert.deepEqual(cliEnvironment, {
    SUPABASE_ACCESS_TOKEN: TOKEN,
    PATH: '/bin',
    PGPASSWORD: 'p@ss',
  });
});

function pick(names: string[]): Record<string, string> {
  const { env } = Deno;
  return Object.fromEntries(names.flatMap((name) => env.has(name) ? [[name, env.get(name)!]] : []));
}
