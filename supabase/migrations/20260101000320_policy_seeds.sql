-- The four policies of a fresh install; each description says why its numbers are what they are.

insert into public.puppet_job_retry_config (job_type, description)
values (
  'default',
  'For every type without a policy: waits of 2, 4, 8, 16 and 24 h outlast a working day''s outage '
  'and a bad deployment found the next morning, without hammering whatever is down.'
);

insert into public.puppet_job_retry_config (
  job_type, max_retries, base_delay_seconds, backoff_multiplier, max_delay_seconds,
  max_jitter_seconds, timeout_seconds, retry_on_error_types, do_not_retry_on, description
)
values (
  'linkedin_outreach', 3, 14400, 2.0, 86400, 3600, 60,
  '{timeout,network,rate_limit,temporary_error}',
  '{authentication,permission,validation_error,unknown_error}',
  'A strict API that limits by the day and punishes repetition: few retries, 4 h and longer apart, '
  'spread over an hour so that they do not look like a machine; an unknown error goes to a human.'
), (
  'email_campaign', 8, 900, 2.0, 14400, 300, 30,
  '{timeout,network,rate_limit,temporary_error,unknown_error}',
  '{authentication,permission,validation_error}',
  'Greylisting servers accept after 5 to 15 min, so the first wait is 15 min; then MTA practice: '
  'doubling up to 4 h, about 16 h in all, after which a campaign mail is stale.'
), (
  'data_enrichment', 10, 60, 2.0, 3600, 30, 30,
  '{timeout,network,rate_limit,temporary_error,unknown_error}',
  '{authentication,permission,validation_error}',
  'Lookups are cheap and repeatable and somebody waits for them: many short waits from 1 min to '
  '1 h, about 5 h in all.'
);
