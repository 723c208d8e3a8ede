/**
 * Program for api_fixture.ts: runs a platform without functions until standard input ends.
 *
 * A process of its own, since the tests also run on the hosted runtime's Deno, which the platform
 * is too new for. Prints one line of JSON: the environment, and tokens of the users.
 */
import { startPlatform } from '../../../supabase/local/platform.ts';
import { USERS } from './users.ts';

const platform = await startPlatform({
  folder: await Deno.makeTempDir({ prefix: 'puppet-retry-api-' }),
  temporary: true,
  ticks: false,
  functions: false,
});
const tokens = await Promise.all(
  Object.entries(USERS).map(async ([name, claims]) => [name, await platform.signUserJwt(claims)]),
);
console.log(JSON.stringify({ env: platform.env, tokens: Object.fromEntries(tokens) }));
for await (const _ of Deno.stdin.readable);
await platform.stop();
