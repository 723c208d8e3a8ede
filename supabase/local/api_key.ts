/** The keys that open the Data API, and the tokens of the roles that they stand for. */
export interface ApiKeys {
  publishable: string;
  secret: string;
  anon: string;
  serviceRole: string;
}

/** What PostgREST is to see as the Authorization header, or why the request is turned away. */
export type KeyCheck = { authorization: string } | { refusal: { message: string; hint: string } };

/**
 * Turns the key of a request into the token of its role, as the hosted gateway does.
 *
 * A user's own token in the Authorization header wins over the key, but does not replace it.
 */
export function checkApiKey(headers: Headers, keys: ApiKeys): KeyCheck {
  const bearer = /^Bearer\s+(.+)$/i.exec(headers.get('authorization') ?? '')?.[1]?.trim();
  const bearerRole = bearer === undefined ? undefined : roleToken(bearer, keys);
  const key = headers.get('apikey') ?? (bearerRole === undefined ? undefined : bearer);
  if (!key) {
    return refuse(
      'No API key found in request',
      'No `apikey` request header or url param was found.',
    );
  }
  const keyRole = roleToken(key, keys);
  if (keyRole === undefined) {
    return refuse('Invalid API key', 'Double check your Supabase API key.');
  }
  if (bearer === undefined) return { authorization: `Bearer ${keyRole}` };
  if (bearerRole !== undefined) return { authorization: `Bearer ${bearerRole}` };
  if (bearer.startsWith('sb_')) {
    return refuse(
      'Invalid API key',
      'The Authorization header holds a key that is not of this project.',
    );
  }
  return { authorization: `Bearer ${bearer}` };
}

function roleToken(key: string, keys: ApiKeys): string | undefined {
  switch (key) {
    case keys.secret:
    case keys.serviceRole:
      return keys.serviceRole;
    case keys.publishable:
    case keys.anon:
      return keys.anon;
    default:
      return undefined;
  }
}

function refuse(message: string, hint: string): KeyCheck {
  return { refusal: { message, hint } };
}
