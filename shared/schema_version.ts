/** The version of the schema that this code is made for; the schema's own is in its last migration. */
export const SCHEMA_VERSION = 1;

/** What to do where the database's schema is of another version than the code's; null where it is the same. */
export function schemaAdvice(schema: number, code = SCHEMA_VERSION): string | null {
  if (schema === code) return null;
  const advice = schema < code ? 'run supabase db push' : 'deploy the functions';
  return `schema ${schema}, code ${code}: ${advice}`;
}
