import assert from 'node:assert/strict';
import type { EventOf, LedgerEvent } from '../ledger.ts';
import { judge, type RuleName } from './judge.ts';
import { attempt, goodStory, leaseToken, LONG, SHORT, type Story } from './story.ts';

type Spoil = (story: Story) => void;

/** For every rule, what must make it speak; other rules may speak as well. */
const SPOILS: Record<RuleName, Spoil[]> = {
  job_lost: [(story) => void story.jobs.pop()],
  job_doubled: [
    ({ jobs }) => void jobs.push({ ...jobs[1]!, jobId: 'another' }),
    ({ jobs }) => void (jobs[0]!.key = SHORT),
  ],
  job_never_ended: [
    ({ jobs }) => void Object.assign(jobs[0]!, { status: 'running', finalStatus: 'failed' }),
    ({ jobs }) => void (jobs[0]!.finalStatus = 'failed'),
  ],
  attempt_number_reused: [
    (story) => story.events.push({ ...claim(story, LONG, 3), leaseToken: 'stolen' }),
    (story) => story.events.push({ ...claim(story, LONG, 3), attempt: 4 }),
  ],
  attempt_number_falls: [
    (story) => void (claim(story, LONG, 3).at = 9000),
    ({ jobs }) => void (jobs[0]!.attempts = 2),
  ],
  attempt_executed_unclaimed: [
    (story) => without(story, (event) => event.what === 'claimed' && isOf(event, LONG, 3)),
  ],
  attempt_executed_twice: [
    (story) => story.events.push({ ...start(story, LONG, 3), execution: 'again' }),
  ],
  attempt_claimed_after_end: [
    (story) => story.events.push(...attempt(LONG, 4, 60_000, 'completed')),
  ],
  attempt_vanished: [
    ({ history }) => void history.splice(0, 1),
    ({ jobs }) => void (jobs[1]!.attempts = 3),
    ({ jobs }) => void (jobs[1]!.snoozeCount = 0),
  ],
  outcome_accepted_not_recorded: [
    ({ history }) => void history.splice(0, 1),
    ({ history }) => void (history[0]!.errorType = 'timeout'),
    ({ history }) => void (history[0]!.decision = 'max_retries_reached'),
    ({ jobs }) => void (jobs[0]!.resultAttempt = 2),
    ({ jobs }) => void (jobs[0]!.status = 'permanently_failed'),
    (story) => without(story, (event) => event.what === 'claimed' && isOf(event, LONG, 1)),
  ],
  outcome_accepted_twice: [
    (story) => story.events.push(...answers(story, LONG, 1)),
    (story) => story.events.push(...attempt(SHORT, 1, 2000, 'completed').slice(-2, -1)),
  ],
  outcome_recorded_twice: [({ history }) => void history.push({ ...history[0]! })],
  outcome_recorded_unreported: [
    (story) => without(story, (event) => event.what === 'reported' && isOf(event, LONG, 1), true),
    // All answers to the outcome that completed the job were refusals.
    (story) => answers(story, LONG, 3).forEach((answer) => answer.accepted = false),
  ],
  outcome_heard_unsaid: [
    (story) =>
      without(
        story,
        (event) => event.what === 'answered' && event.seenBy === 'gateway' && isOf(event, SHORT, 2),
      ),
  ],
  retry_count_wrong: [
    ({ jobs }) => void (jobs[0]!.retryCount = 2),
    ({ jobs }) => void (jobs[0]!.maxRetries = 0),
    ({ jobs }) => void (jobs[0]!.stopReason = 'max_retries_reached'),
  ],
  crash_count_wrong: [({ jobs }) => void (jobs[0]!.crashCount = 0)],
  snooze_count_wrong: [
    ({ jobs }) => void (jobs[1]!.snoozeCount = 2),
    ({ jobs }) => void (jobs[1]!.snoozeCount = 0),
  ],
  history_story_broken: [
    ({ history }) => void (history[0]!.decision = 'crash_limit_reached'),
    ({ history }) => void (history[1]!.isRetry = false),
    ({ history }) => void (history[2]!.success = false),
    ({ jobs }) => void (jobs[0]!.stopReason = 'succeeded_late'),
    ({ history }) => void history.pop(),
  ],
  two_live_leases: [
    (story) => void (claim(story, LONG, 3).at = 14_000),
    (story) => without(story, (event) => event.what === 'reported' && isOf(event, SHORT, 1)),
  ],
  live_lease_rescued: [
    ({ history }) => void (history[1]!.createdAt = 13_000),
    (story) =>
      story.events.push({
        what: 'extended',
        seenBy: 'gateway',
        at: 12_000,
        jobId: LONG,
        leaseToken: leaseToken(LONG, 2),
        expiresAt: 16_000,
      }),
  ],
  second_execution_unexcused: [
    // The work of an attempt that was settled as failed goes on under the next one.
    (story) => void (end(story, LONG, 1).at = 12_000),
    (story) => void (end(story, SHORT, 1).ending = 'succeeded'),
  ],
};

Deno.test('the judge finds nothing in a run as it should be, and counts second executions', () => {
  const { violations, secondExecutions } = judgeStory(goodStory());
  assert.deepEqual(violations, []);
  assert.deepEqual(secondExecutions, {
    lease_lost: 1,
    timed_out: 0,
    handed_back: 0,
    late_start: 0,
  });
});

for (const [rule, spoils] of Object.entries(SPOILS)) {
  Deno.test(`the judge sees ${rule}`, () => {
    spoils.forEach((spoil, place) => {
      const story = goodStory();
      spoil(story);
      const broken = judgeStory(story).violations.map((violation) => violation.rule);
      assert.ok(broken.includes(rule), `spoil ${place} breaks only: ${broken}`);
    });
  });
}

Deno.test('the judge tells why there was a second execution', () => {
  const timedOut = goodStory();
  timedOut.history[0]!.errorType = 'timeout';
  for (const event of timedOut.events) {
    if (event.what === 'reported' && isOf(event, LONG, 1)) event.errorType = 'timeout';
  }
  end(timedOut, LONG, 1).at = 12_000;
  assert.equal(judgeStory(timedOut).secondExecutions.timed_out, 1);

  const handedBack = goodStory();
  for (const event of handedBack.events) {
    const isOutcome = event.what === 'reported' || event.what === 'answered';
    if (isOutcome && isOf(event, SHORT, 1)) event.outcome = 'released';
  }
  handedBack.jobs[1]!.snoozeCount = 0;
  end(handedBack, SHORT, 1).ending = 'succeeded';

  const lateStart = goodStory();
  start(lateStart, LONG, 2).at = 25_000;

  for (const [story, cause] of [[handedBack, 'handed_back'], [lateStart, 'late_start']] as const) {
    const { violations, secondExecutions } = judgeStory(story);
    assert.deepEqual(violations, []);
    assert.equal(secondExecutions[cause], 1);
  }
});

function judgeStory({ events, jobs, history }: Story) {
  return judge(events, { jobs, history });
}

function isOf(event: { jobId: string; leaseToken: string }, jobId: string, number: number) {
  return event.jobId === jobId && event.leaseToken === leaseToken(jobId, number);
}

function without(
  story: Story,
  isGone: (event: LedgerEvent) => boolean,
  answersToo = false,
): void {
  const gone = story.events.filter(isGone);
  const tokens = gone.map((event) => 'leaseToken' in event ? event.leaseToken : '');
  story.events = story.events.filter((event) =>
    !gone.includes(event) &&
    !(answersToo && event.what === 'answered' && tokens.includes(event.leaseToken))
  );
}

function eventsOf<What extends LedgerEvent['what']>(story: Story, what: What): EventOf<What>[] {
  return story.events.filter((event): event is EventOf<What> => event.what === what);
}

function claim(story: Story, jobId: string, number: number): EventOf<'claimed'> {
  return eventsOf(story, 'claimed').find((event) => isOf(event, jobId, number))!;
}

function answers(story: Story, jobId: string, number: number): EventOf<'answered'>[] {
  return eventsOf(story, 'answered').filter((event) =>
    event.seenBy === 'gateway' && isOf(event, jobId, number)
  );
}

function start(story: Story, jobId: string, number: number): EventOf<'started'> {
  return eventsOf(story, 'started').find((event) => event.execution === leaseToken(jobId, number))!;
}

function end(story: Story, jobId: string, number: number): EventOf<'ended'> {
  return eventsOf(story, 'ended').find((event) => event.execution === leaseToken(jobId, number))!;
}
