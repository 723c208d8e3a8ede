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
- \`functions/processor/handlers/\`: yours. No upgrade touches it.
- \`supabase/migrations/*_puppet_retry_*.sql\`: the schema. Once there they are never changed.
- \`uninstall.sql\`: drops the schema, with all jobs.
- \`installed.json\`: what was installed. Commit it with the rest.

To deploy, run \`deno task deploy --project <this project>\` in the checkout, or by hand:

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
