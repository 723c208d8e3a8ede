/** `deno task test:retry-system`: the tests of what the contract's own list names, and no others. */
const TESTS: Record<string, string[]> = {
  'schema': [
    'database/puppet_jobs_test.ts',
    'database/puppet_job_retry_config_test.ts',
    'database/puppet_job_retry_history_test.ts',
    'database/views_test.ts',
  ],
  'retry functions': [
    'database/get_retry_config_test.ts',
    'database/schedule_job_retry_test.ts',
    'database/report_job_outcome_test.ts',
    'database/get_jobs_ready_for_retry_test.ts',
    'database/get_decision_on_failure_test.ts',
    'database/retry_job_test.ts',
    'shared/retry_manager_test.ts',
    'shared/retry_manager_policies_test.ts',
    'shared/retry_manager_reading_test.ts',
  ],
  'backoff calculation': [
    'database/calculate_retry_delay_test.ts',
    'database/retry_delay_test.ts',
  ],
  'classification': ['shared/error_classification_test.ts'],
  'history logging': [
    'database/settle_jobs_failures_test.ts',
    'database/prune_retry_history_test.ts',
    'shared/retry_history_service_test.ts',
    'shared/retry_history_service_writing_test.ts',
  ],
  'analytics': [
    'database/get_retry_analytics_test.ts',
    'database/get_jobs_needing_escalation_test.ts',
  ],
  'end-to-end flow': [
    'end_to_end/contract_examples_test.ts',
    'end_to_end/readme_test.ts',
    'end_to_end/tick_test.ts',
  ],
};

const files = Object.values(TESTS).flat().map((file) => `tests/${file}`);
const tests = new Deno.Command(Deno.execPath(), {
  args: ['run', '--allow-all', 'tests/run.ts', ...Deno.args, ...files],
}).spawn();
Deno.exit((await tests.status).code);
