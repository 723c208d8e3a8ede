/** The README.md of the installed folder. */
export function installedReadme(functions: string[]): string {
  return `# Puppet Retry

Installed by \`deno task install\` of a Puppet Retry checkout, which also upgrades it and takes it out
again (\`--undo\`).

- \`functions/\`, \`shared/\`, \`deno.json\`: the Edge Functions ${
    functions.join(' and ')
  }; a block at the
  end of \`supabase/config.toml\` names them. An upgrade replaces these files. One that you edited is
  kept, and the new version is put beside it as \`<file>.new\`.
- \`functions/processor/handlers/\`: yours, one file per job type, listed in its \`index.ts\`; its
  README.md says how to write one. No upgrade touches it.
- \`supabase/migrations/*_puppet_retry_*.sql\`: the schema. Once there they are never changed.
- \`uninstall.sql\`: drops the schema, with all jobs.
- \`installed.json\`: what was installed. Commit it with the rest.

## A handler

In \`puppet-retry/functions/processor/handlers/greet.ts\`:

\`\`\`ts
import { z } from 'zod';
import { defineHandler } from '../../../shared/job_handlers.ts';

export const greet = defineHandler({
  jobType: 'greet',
  config: z.object({ name: z.string() }),
  run: (job) => Promise.resolve({ text: \`hello \${job.config.name}\` }),
});
\`\`\`

and in \`index.ts\` there:

\`\`\`ts
import type { JobHandler } from '../../../shared/job_handlers.ts';
import { greet } from './greet.ts';

export const handlers: JobHandler[] = [greet];
\`\`\`

A test beside it, \`greet_test.ts\`, runs it once, without a database. Nothing imports it, so it is not
deployed:

\`\`\`ts
import assert from 'node:assert/strict';
import { tryHandler } from '../../../shared/try_handler.ts';
import { greet } from './greet.ts';

Deno.test('greet says hello', async () => {
  assert.deepEqual(await tryHandler(greet, { name: 'Ada' }), { text: 'hello Ada' });
});
\`\`\`

Check and test in this folder, \`puppet-retry/\`, whose deno.json has the imports:

\`\`\`
deno check functions
deno test functions/processor/handlers
\`\`\`

From the project's root Deno does not see that file and finds no \`zod\`: name it there, as in
\`deno check --config puppet-retry/deno.json puppet-retry/functions\`.

## Deploying

Run \`deno task deploy --project <this project>\` in the checkout, or by hand:

\`\`\`
npx supabase db push --remote
npx supabase functions deploy ${functions.join(' ')} --use-api
\`\`\`

and once, in the SQL editor, to arm the ticks and to make the first call, by which the job types of
your handlers become known:

\`\`\`sql
select arm_ticks('https://<project>.supabase.co');
select tick_retry_processor(true);
\`\`\`
`;
}
