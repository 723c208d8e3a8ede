/** Where to deploy to, and with what; secrets come from the environment alone. */
export interface DeploySettings {
  /** The folder with supabase/. */
  project: string;
  /** What the CLI's `--remote` gets: the project's ref, or a connection URL without its password. */
  database: string;
  ref: string;
  /** The project's URL. */
  url: string;
  secretKey: string;
  /** A .env file with secrets of the functions; null for none. */
  secretsFile: string | null;
  /** The environment of the CLI. */
  cliEnvironment: Record<string, string>;
}

/** What the CLI may know of our settings; it takes other names that begin with SUPABASE_ for its own. */
const FOR_THE_CLI = ['SUPABASE_ACCESS_TOKEN', 'SUPABASE_DB_PASSWORD', 'SUPABASE_PROFILE'];

const NEEDED: Record<string, string> = {
  SUPABASE_ACCESS_TOKEN: 'a token of https://supabase.com/dashboard/account/tokens',
  SUPABASE_PROJECT_REF: "the project's ref: https://<ref>.supabase.co",
  SUPABASE_SECRET_KEY: "the project's secret key (sb_secret_…), Settings > API Keys",
};

/** What a value is like that was copied whole and from the right place. */
const SHAPES: Record<string, { pattern: RegExp; advice: string }> = {
  SUPABASE_PROJECT_REF: {
    pattern: /^[a-z]{20}$/,
    advice: 'is not 20 lowercase letters: take only the <ref> of https://<ref>.supabase.co',
  },
  SUPABASE_SECRET_KEY: {
    pattern: /^sb_secret_[\w-]{20,}$/,
    advice: 'does not look like sb_secret_…: copy a whole secret key from Settings > API Keys ' +
      '(make one there if there are none; service_role and publishable keys do not do)',
  },
};

/** Reads the settings; throws a sentence that names all that is missing, or all that cannot be right. */
export function readDeploySettings(
  project: string,
  secretsFile: string | null,
  environment: Record<string, string>,
): DeploySettings {
  const missing = Object.entries(NEEDED).filter(([name]) => !environment[name]);
  if (!environment['SUPABASE_DB_PASSWORD'] && !environment['SUPABASE_DB_URL']) {
    missing.push(['SUPABASE_DB_PASSWORD', 'of the role postgres (or SUPABASE_DB_URL)']);
  }
  if (missing.length > 0) {
    const lines = missing.map(([name, what]) => `  ${name.padEnd(22)} ${what}`);
    throw new Error(`Set in the environment:\n${lines.join('\n')}`);
  }
  // Values stay unsaid: one of them is secret, and another may hold a secret by mistake.
  const wrong = [
    ...Object.entries(SHAPES)
      .filter(([name, { pattern }]) => !pattern.test(environment[name] ?? ''))
      .map(([name, { advice }]) => ({ name, advice })),
    ...['SUPABASE_URL', 'SUPABASE_DB_URL']
      .map((name) => ({ name, advice: whyNotOfProject(name, environment) })),
  ].filter(({ advice }) => advice !== undefined);
  if (wrong.length > 0) {
    const lines = wrong.map(({ name, advice }) => `  ${name} ${advice}`);
    throw new Error(`Mend in the environment:\n${lines.join('\n')}`);
  }
  const ref = environment['SUPABASE_PROJECT_REF'] ?? '';
  const connection = withoutPassword(environment['SUPABASE_DB_URL']);
  const kept = Object.entries(environment)
    .filter(([name]) => !name.startsWith('SUPABASE_') || FOR_THE_CLI.includes(name));
  return {
    project,
    ref,
    database: connection?.url ?? ref,
    url: environment['SUPABASE_URL'] || `https://${ref}.supabase.co`,
    secretKey: environment['SUPABASE_SECRET_KEY'] ?? '',
    secretsFile,
    cliEnvironment: {
      ...Object.fromEntries(kept),
      ...connection ? { PGPASSWORD: connection.password } : {},
    },
  };
}

/** What to mend where a URL leads to something else than the project; its own domain is believed. */
function whyNotOfProject(name: string, environment: Record<string, string>): string | undefined {
  const text = environment[name];
  if (!text) return undefined;
  const url = URL.parse(text);
  // A password with a # in it can leave a URL whose host is the user.
  const lacksUser = url?.protocol.startsWith('postgres') && url.username === '';
  if (!url || lacksUser || !isPercentEncoded(url.password)) {
    return 'is no URL: percent-encode what is special in its password (# is %23, / is %2F)';
  }
  // With a profile of its own the CLI deploys to another platform, which may be here.
  const isHere = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (isHere && !environment['SUPABASE_PROFILE']) {
    return 'is on this machine: leave it out, or name that of the project';
  }
  const ref = /^(?:db\.)?([a-z]{20})\.supabase\.[a-z]+$/.exec(url.hostname)?.[1] ??
    /^postgres\.([a-z]{20})$/.exec(url.username)?.[1];
  if (ref === undefined || ref === environment['SUPABASE_PROJECT_REF']) return undefined;
  return 'is of another project than SUPABASE_PROJECT_REF';
}

function isPercentEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** The password goes by the environment, since everybody on the machine may read arguments. */
function withoutPassword(connection: string | undefined): { url: string; password: string } | null {
  if (!connection) return null;
  const url = new URL(connection);
  const password = decodeURIComponent(url.password);
  url.password = '';
  return { url: url.href, password };
}
