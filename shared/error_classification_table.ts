/** Every type that an error can have. */
export const ERROR_TYPES = [
  'timeout',
  'network',
  'rate_limit',
  'temporary_error',
  'authentication',
  'permission',
  'validation_error',
  'unknown_error',
] as const;

/** The type of an error, by which policies decide about a retry. */
export type ErrorType = typeof ERROR_TYPES[number];

/** One way to know a type: all the conditions that a row names must hold for the same error. */
export interface Row {
  errorType: ErrorType;
  code?: RegExp;
  name?: RegExp;
  status?: RegExp;
  text?: RegExp;
  /** Only where a job was delivered to an endpoint. */
  onDelivery?: true;
  /** Only where the response said how long to wait. */
  withRetryAfter?: true;
}

const RATE_LIMIT_TEXT =
  /rate[ _-]?limit|too many requests|quota[ _-]?exceeded|exceeded (?:your|the)[\w ]{0,30} quota|throttl|(?:request|usage|api|call) limit (?:was |has been )?(?:reached|exceeded|hit)|rate exceeded|request rate|slow down|resource_exhausted|\b(?:error|code|returned|with):? 429\b/i;

const TIMEOUT_TEXT = /\btime[ -]?d?[ -]?out|deadline[ _]exceeded|ETIMEDOUT|\(os error 110\)/i;

const NETWORK_TEXT = new RegExp(
  [
    /\b(?:ECONN(?:REFUSED|RESET|ABORTED)|ENOTFOUND|EAI_AGAIN|EPIPE|E(?:HOST|NET)UNREACH)\b/,
    /connection (?:was |is |has been )?(?:refused|reset|closed|aborted|lost|dropped|terminated|ended)/,
    /socket (?:hang up|closed)|other side closed|broken pipe|no route to host|error sending request/,
    /\bnetwork (?:error|failure|problem|issue|request failed|connection|is unreachable|unreachable|down)/,
    /(?:could not|failed to|cannot|unable to) (?:connect|resolve|reach)|getaddrinfo|\bdns (?:error|failure|lookup)/,
    /invalid peer certificate|certificate (?:has expired|verify failed)|self[- ]signed certificate/,
    /\btls (?:handshake|alert|error)|ssl routines|received corrupt message|Failed to send a request to the/,
  ].map((part) => part.source).join('|'),
  'i',
);

const TEMPORARY_TEXT =
  /(?:service|server|temporarily) (?:is )?(?:temporarily )?unavailable|bad gateway|internal server error|deadlock detected|\boverloaded\b/i;

/** Codes of Node, undici, Postgres, PostgREST, postgres.js and mailers: what an error is called by machines. */
export const CODE_ROWS: Row[] = [
  {
    errorType: 'timeout',
    code: /^(?:57014|ESOCKETTIMEDOUT|ETIMEDOUT|ETIMEOUT|CONNECT_TIMEOUT|PGRST003)$/,
  },
  {
    errorType: 'timeout',
    code: /^(?:UND_ERR_(?:CONNECT|HEADERS|BODY)_TIMEOUT|DEADLINE_EXCEEDED)$/,
  },
  { errorType: 'timeout', code: /^(?:ABORT_ERR|UND_ERR_ABORTED|ERR_CANCELED)$/ },
  { errorType: 'timeout', code: /^ECONNABORTED$/, text: TIMEOUT_TEXT },
  {
    errorType: 'network',
    code: /^(?:ECONNREFUSED|ECONNRESET|ECONNABORTED|ECONNECTION|ENOTFOUND)$/,
  },
  {
    errorType: 'network',
    code: /^(?:EPIPE|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN|ENETRESET)$/,
  },
  { errorType: 'network', code: /^(?:ENOTCONN|EADDRNOTAVAIL|EPROTO|ESOCKET|EDNS|EAI_\w+)$/ },
  { errorType: 'network', code: /^(?:ENODATA|ESERVFAIL|EREFUSED|EBADRESP|ENONAME)$/ },
  {
    errorType: 'network',
    code: /^UND_ERR_(?:SOCKET|CLOSED|DESTROYED|INFO|PRX_TLS|REQ_RETRY|RES_\w+)$/,
  },
  {
    errorType: 'network',
    code: /^(?:HPE_\w+|ERR_NETWORK|ERR_STREAM_PREMATURE_CLOSE|ERR_SOCKET_CLOSED)$/,
  },
  { errorType: 'network', code: /^ERR_HTTP2_(?:STREAM|SESSION|GOAWAY)\w*$/ },
  { errorType: 'network', code: /^CONNECTION_(?:CLOSED|ENDED|DESTROYED)$/ },
  {
    errorType: 'network',
    code: /^(?:ERR_SSL_\w+|ERR_TLS_\w+|CERT_\w+|CRL_\w+|HOSTNAME_MISMATCH)$/,
  },
  { errorType: 'network', code: /^(?:SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT)$/ },
  { errorType: 'network', code: /^UNABLE_TO_(?:VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT\w*)$/ },
  {
    errorType: 'rate_limit',
    code: /^(?:429|over_\w+_rate_limit|\w*rate_?limit(?:_?exceeded|ed\w*)?)$/i,
  },
  {
    errorType: 'rate_limit',
    code: /^(?:Throttl\w+|TooManyRequests\w*|SlowDown|RESOURCE_EXHAUSTED)$/i,
  },
  {
    errorType: 'rate_limit',
    code: /^(?:insufficient_quota|quotaExceeded|REQUEST_LIMIT_EXCEEDED)$/i,
  },
  { errorType: 'temporary_error', code: /^(?:40001|40P01|55P03|53\w{3}|57P0[123]|08\w{3})$/ },
  { errorType: 'temporary_error', code: /^PGRST(?:00[012]|300|X00)$/ },
  { errorType: 'authentication', code: /^(?:28\w{3}|PGRST30[123]|EAUTH)$/ },
  { errorType: 'permission', code: /^42501$/ },
  { errorType: 'validation_error', code: /^(?:2[23]\w{3}|PGRST[12]\d\d)$/ },
];

/** Names of error classes. */
export const NAME_ROWS: Row[] = [
  // An abort that is not ours is nearly always a deadline of the handler's own.
  { errorType: 'timeout', name: /^(?:JobTimedOut|TimedOut|AbortError|CanceledError)$/ },
  { errorType: 'timeout', name: /^\w*Timeout(?:Error|Exception)?$/ },
  {
    errorType: 'network',
    name: /^(?:Connection(?:Refused|Reset|Aborted)|NotConnected|BrokenPipe)$/,
  },
  {
    errorType: 'network',
    name: /^(?:UnexpectedEof|AddrNotAvailable|NetworkUnreachable|Http|NetworkError)$/,
  },
  {
    errorType: 'rate_limit',
    name: /^(?:\w*RateLimit\w*|Throttling\w*|TooManyRequests\w*|SlowDown)$/,
  },
  { errorType: 'rate_limit', name: /^(?:ProvisionedThroughputExceeded|RequestLimitExceeded)\w*$/ },
  { errorType: 'permission', name: /^(?:PermissionDenied|NotCapable)$/ },
  { errorType: 'validation_error', name: /^(?:\$?ZodError|ValidationError|EndpointRefused)$/ },
];

/** HTTP statuses. */
export const STATUS_ROWS: Row[] = [
  { errorType: 'timeout', status: /^(?:408|504)$/ },
  { errorType: 'rate_limit', status: /^429$/ },
  { errorType: 'rate_limit', status: /^503$/, withRetryAfter: true },
  // Some vendors refuse with 400 or 403 what is only too much at once, and say so in words.
  { errorType: 'rate_limit', status: /^(?:400|403|5\d\d)$/, text: RATE_LIMIT_TEXT },
  // Behind a delivery, these are what a bad deployment of the endpoint answers.
  { errorType: 'temporary_error', status: /^(?:404|405)$/, onDelivery: true },
  { errorType: 'temporary_error', status: /^(?:409|423|425|5\d\d)$/ },
  { errorType: 'authentication', status: /^(?:401|407)$/ },
  { errorType: 'permission', status: /^(?:402|403)$/ },
  { errorType: 'validation_error', status: /^3\d\d$/, onDelivery: true },
  { errorType: 'validation_error', status: /^4\d\d$/ },
];

/** Words in messages: weak evidence, so no row here ends a job's retries. */
export const TEXT_ROWS: Row[] = [
  { errorType: 'rate_limit', text: RATE_LIMIT_TEXT },
  { errorType: 'timeout', text: TIMEOUT_TEXT },
  { errorType: 'network', text: NETWORK_TEXT },
  { errorType: 'temporary_error', text: TEMPORARY_TEXT },
];

/** Messages that only a failed fetch has: the one thing that tells it from a programming TypeError. */
export const FETCH_ROWS: Row[] = [
  { errorType: 'timeout', text: /^error sending request.*(?:timed out|os error 110)/i },
  {
    errorType: 'network',
    text: /^(?:fetch failed|failed to fetch|error sending request|load failed)/i,
  },
  {
    errorType: 'network',
    text: /^(?:NetworkError when attempting|network request failed|terminated$)/i,
  },
  { errorType: 'network', text: /^(?:error reading a body|connection (?:closed|reset|error))/i },
];

/** Names whose message is about the program, whatever words it holds. */
export const PROGRAMMING_NAMES = /^(?:Type|Reference|Range|Syntax|Eval|URI|Assertion)Error$/;

/** A status that a message spells out ("HTTP 503", "status code 429", "404 Not Found"). */
export const STATUS_IN_TEXT = new RegExp(
  [
    /\bHTTP(?:\/\d(?:\.\d)?)?(?: error)?[ :]+([345]\d\d)\b/,
    /\bstatus(?: ?code)?(?: of)?[ :=]+([345]\d\d)\b/,
    // Only with its reason phrase: "450 Requested action not taken" is SMTP, and means the opposite.
    /^([45]\d\d) (?:Bad Request|Unauthorized|Forbidden|Not Found|Conflict|Gone|Unprocessable|Locked|Too Many Requests|Internal Server Error|Bad Gateway|Service Unavailable|Gateway Time-?out)/,
  ].map((part) => part.source).join('|'),
  'i',
);
