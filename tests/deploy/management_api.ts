import { join } from 'node:path';

/** What the CLI sent up for one function. */
export interface Upload {
  files: string[];
  metadata: { entrypoint_path: string; import_map_path: string; verify_jwt: boolean };
}

/** A double of the management API on loopback, as far as deployments need it. */
export interface ManagementApi extends AsyncDisposable {
  /** By function name. */
  readonly uploads: Record<string, Upload>;
  /** Secrets of functions that were set. */
  readonly secrets: Record<string, string>;
  /** File for the CLI's `--profile`, or SUPABASE_PROFILE. */
  readonly profile: string;
}

export async function startManagementApi(folder: string): Promise<ManagementApi> {
  const uploads: Record<string, Upload> = {};
  const secrets: Record<string, string> = {};
  const server = Deno.serve({ hostname: '127.0.0.1', port: 0, onListen() {} }, async (request) => {
    const { pathname, searchParams } = new URL(request.url);
    const slug = searchParams.get('slug') ?? '';
    if (pathname.endsWith('/functions/deploy')) {
      uploads[slug] = uploadOf(await request.formData());
      return Response.json(functionNamed(slug), { status: 201 });
    }
    if (pathname.endsWith('/functions')) {
      const known = Object.keys(uploads).map(functionNamed);
      return Response.json(request.method === 'PUT' ? { functions: known } : known);
    }
    if (pathname.endsWith('/secrets') && request.method === 'POST') {
      for (const { name, value } of await request.json()) secrets[name] = value;
      return new Response(null, { status: 201 });
    }
    return Response.json({ message: 'not found' }, { status: 404 });
  });
  const profile = join(folder, 'profile.yaml');
  const url = `http://127.0.0.1:${server.addr.port}`;
  await Deno.writeTextFile(
    profile,
    `name: test\napi_url: ${url}\ndashboard_url: ${url}\nproject_host: localhost\n`,
  );
  return { uploads, secrets, profile, [Symbol.asyncDispose]: () => server.shutdown() };
}

function uploadOf(form: FormData): Upload {
  const files = form.getAll('file').map((file) => file instanceof File ? file.name : '');
  return { files: files.sort(), metadata: JSON.parse(String(form.get('metadata'))) };
}

function functionNamed(slug: string) {
  return {
    id: slug,
    slug,
    name: slug,
    status: 'ACTIVE',
    version: 1,
    verify_jwt: false,
    created_at: 1,
    updated_at: 1,
  };
}
