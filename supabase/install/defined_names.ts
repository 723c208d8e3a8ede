type ObjectKind = 'function' | 'table' | 'view' | 'schema';

/** An object that a migration leaves behind, with its schema: `public.claim_jobs`. */
export interface DefinedName {
  kind: ObjectKind;
  name: string;
}

const STATEMENT =
  /\b(create|drop)\s+(?:or\s+replace\s+)?(function|table|view|schema)\s+(?:if\s+(?:not\s+)?exists\s+)?("?[\w.]+"?(?:\."?\w+"?)?)/gi;

/** The functions, tables, views and schemas that migrations define, read in their order; names without a schema are taken as public. */
export function definedNames(scripts: string[]): DefinedName[] {
  const found = new Map<string, DefinedName>();
  for (const [, verb, kind, written] of scripts.flatMap(statements)) {
    const defined = { kind: kindOf(kind), name: qualified(written, kind) };
    const key = `${defined.kind} ${defined.name}`;
    if (verb?.toLowerCase() === 'create') found.set(key, defined);
    else found.delete(key);
  }
  return [...found.values()];
}

function statements(script: string): RegExpExecArray[] {
  const withoutComments = script.replace(/--.*$/gm, '').replace(/\/\*[\s\S]*?\*\//g, '');
  return [...withoutComments.matchAll(STATEMENT)];
}

function kindOf(written = ''): ObjectKind {
  const kind = written.toLowerCase();
  return kind === 'table' || kind === 'view' || kind === 'schema' ? kind : 'function';
}

function qualified(written = '', kind = ''): string {
  const name = written.replaceAll('"', '').toLowerCase();
  return name.includes('.') || kind.toLowerCase() === 'schema' ? name : `public.${name}`;
}
