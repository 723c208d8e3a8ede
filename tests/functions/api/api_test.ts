import { accessCases } from './access_cases.ts';
import { startApi } from './api_fixture.ts';
import { adviceCases } from './advice_cases.ts';
import { badRequestCases } from './bad_request_cases.ts';
import { browserCases } from './browser_cases.ts';
import { bulkRetryCases } from './bulk_retry_cases.ts';
import { clientCases } from './client_cases.ts';
import { enqueueCases } from './enqueue_cases.ts';
import { failedJobCases } from './failed_jobs_cases.ts';
import { fewRowsCases } from './few_rows_cases.ts';
import { jobCases } from './jobs_cases.ts';
import { logCases } from './log_cases.ts';
import { lostAnswerCases } from './lost_answer_cases.ts';
import { manualCases } from './manual_cases.ts';
import { numberCases } from './number_cases.ts';
import { openapiCases } from './openapi_cases.ts';
import { operationCases } from './operations_cases.ts';
import { outageCases } from './outage_cases.ts';
import { retryAnalyticsCases } from './retry_analytics_cases.ts';
import { retryConfigCases } from './retry_config_cases.ts';
import { retryHistoryCases } from './retry_history_cases.ts';
import { storableCases } from './storable_cases.ts';
import { storedValueCases } from './stored_values_cases.ts';

const SUITES = {
  access: accessCases,
  jobs: jobCases,
  enqueue: enqueueCases,
  'retry and cancel': manualCases,
  'bulk retry': bulkRetryCases,
  'failed jobs': failedJobCases,
  'retry history': retryHistoryCases,
  'retry analytics': retryAnalyticsCases,
  'retry config': retryConfigCases,
  operations: operationCases,
  browsers: browserCases,
  log: logCases,
  openapi: openapiCases,
  clients: clientCases,
  numbers: numberCases,
  storable: storableCases,
  advice: adviceCases,
  'stored values': storedValueCases,
  'bad requests': badRequestCases,
  outage: outageCases,
  'lost answers': lostAnswerCases,
  'few rows at once': fewRowsCases,
};

Deno.test('api', async (t) => {
  await using api = await startApi();
  for (const [suite, cases] of Object.entries(SUITES)) {
    for (const [name, body] of Object.entries(cases)) {
      await t.step(`${suite}: ${name}`, () => body(api));
    }
  }
});
