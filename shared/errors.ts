/** The closed set of what can go wrong between the TypeScript side and the database. */
export type PuppetRetryErrorCode =
  | 'not_configured'
  | 'database_unavailable'
  | 'database_refused'
  | 'unexpected_reply'
  | 'invalid_input'
  | 'job_not_found'
  | 'policy_not_found'
  | 'conflict'
  | 'forbidden';

/** An error of Puppet Retry itself; `code` is stable, `message` says what to do. */
export class PuppetRetryError extends Error {
  override name = 'PuppetRetryError';
  readonly code: PuppetRetryErrorCode;

  constructor(code: PuppetRetryErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
