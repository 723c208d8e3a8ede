-- The version of this schema, always the last chapter. shared/schema_version.ts has the one that the
-- code needs: raise both when code needs what an older schema does not have.

update puppet_private.settings s set schema_version = 1 where s.only_row;
