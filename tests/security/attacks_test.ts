import { apiCases } from './api_cases.ts';
import { type Attacked, attackedProject, type Cases } from './attacked.ts';
import { canaryCases } from './canary_cases.ts';
import { dataApiCases } from './data_api_cases.ts';
import { endpointCases } from './endpoint_cases.ts';
import { grantCases } from './grant_cases.ts';
import { nestingCases } from './nesting_cases.ts';
import { startOldProject } from './old_project.ts';
import { rpcCases } from './rpc_cases.ts';
import { tickCases } from './tick_cases.ts';
import { tokenCases } from './token_cases.ts';

const SUITES: Record<string, Cases> = {
  grants: grantCases,
  tokens: tokenCases,
  ticks: tickCases,
  endpoints: endpointCases,
  'data api': dataApiCases,
  functions: rpcCases,
  api: apiCases,
  nesting: nestingCases,
  canaries: canaryCases,
};

Deno.test('attacks on a project with the default grants of old', async (t) => {
  await using project = await startOldProject();
  const attacked: Attacked = await attackedProject(project);
  await using _society = attacked.society;
  for (const [suite, cases] of Object.entries(SUITES)) {
    for (const [name, attack] of Object.entries(cases)) {
      await t.step(`${suite}: ${name}`, () => attack(attacked));
    }
  }
});
