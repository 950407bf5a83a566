import path from 'node:path'
import {
  bearerToken,
  egressEntry,
  email,
  headers,
  httpUrl,
  integer,
  keys,
  list,
  mailFrom,
  nonEmpty,
  oneOf,
  optional,
  postgresUrl,
  processes,
  proxyRange,
  ratio,
  redisUrl,
  restateKey,
  secret,
  smtpUrl
} from './parsers.ts'

/** An environment variable: its parser, which throws an Error that says what is wrong, and its help text. */
interface Variable<T> {
  parse(text: string | undefined): T
  default: string
  help: string
  /** Whether its value is a secret, which can also stand in the file that `<NAME>_FILE` names. */
  isSecret?: true
}

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
const MAX_SECONDS = 86_400
const MAX_BODY_BYTES = 100 * 1024 * 1024
const MAX_UPSTREAM_SECONDS = 3_600

export const VARIABLES = {
  HOST: variable('127.0.0.1', 'Address to listen on.', nonEmpty),
  PORT: variable('2020', 'Port to listen on.', integer(0, 65_535)),
  PUBLIC_URL: variable(
    '',
    'The address callers use, in links and in the issuer of tokens. Default: from HOST and PORT.',
    optional(httpUrl)
  ),
  DATABASE_URL: secretVariable(
    'A PostgreSQL 15-18 database. Default: an embedded one in DATA_DIR/postgres.',
    optional(postgresUrl)
  ),
  DATABASE_DIRECT_URL: secretVariable(
    'The same database without a pooler in between, for sessions that listen and lock, and for migrations. ' +
      'Default: DATABASE_URL.',
    optional(postgresUrl)
  ),
  DATABASE_READ_URL: secretVariable(
    'A replica of the same database, which lists of runs, requests, usage and the audit log are read from. ' +
      'Default: DATABASE_URL.',
    optional(postgresUrl)
  ),
  DATABASE_POOL: variable('10', 'Connections to the database that a process opens at most.', integer(2, 1_000)),
  MIGRATE: variable(
    'auto',
    'auto (a starting process migrates the database), wait (it waits until somebody else has) or off.',
    oneOf(['auto', 'wait', 'off'] as const)
  ),
  DATA_DIR: variable('.data', 'Where the embedded database and its keys are kept.', (text) =>
    path.resolve(nonEmpty(text))
  ),
  ADMIN_EMAIL: variable('', 'An admin account made at start if it is absent. Needs ADMIN_PASSWORD.', optional(email)),
  ADMIN_PASSWORD: secretVariable('The password of that account, 8 to 256 characters.', optional(secret)),
  SIGNUP: variable(
    '',
    'open or closed. Default: open with the embedded database and a HOST on loopback, else closed.',
    optional(oneOf(['open', 'closed'] as const))
  ),
  PASSWORD_BREACH_URL: variable(
    '',
    'A list of breached passwords that new ones are looked up in, by the first 5 characters of their SHA-1, such as ' +
      'https://api.pwnedpasswords.com/range. Default: none is asked.',
    optional(httpUrl)
  ),
  SMTP_URL: secretVariable(
    'The mail server, smtp:// or smtps:// with user and password. Needs MAIL_FROM. Default: no mail is sent.',
    optional(smtpUrl)
  ),
  MAIL_FROM: variable('', 'Who mails are from: an address, or "Name <address>".', optional(mailFrom)),
  EGRESS_ALLOW: variable(
    '',
    'Private hosts, host:port or CIDRs that flows may reach, separated by commas.',
    list(egressEntry)
  ),
  TRUST_PROXY: variable(
    '',
    'Addresses or CIDRs of proxies whose X-Forwarded-For is believed, separated by commas.',
    list(proxyRange)
  ),
  SLUICE_KEYS: secretVariable(
    'Keys for secrets at rest, id:base64 of 32 bytes, separated by commas; the first one writes. ' +
      'Default: made in DATA_DIR/keys.',
    optional(keys)
  ),
  CACHE_MAX_STALE: variable(
    '5',
    'Seconds that a cached record is trusted while announcements of changes cannot arrive.',
    integer(0, MAX_SECONDS)
  ),
  CACHE_GRACE: variable(
    '60',
    'Seconds that cached credentials keep working while the database is down.',
    integer(0, MAX_SECONDS)
  ),
  DRAIN_SECONDS: variable(
    '5',
    'Seconds that calls are answered as usual after SIGTERM, while /readyz already says not_ready.',
    integer(0, MAX_SECONDS)
  ),
  REQUEST_BODY_MAX: variable(
    '10485760',
    "Bytes of the body of a listener's call, after decompression.",
    integer(1024, MAX_BODY_BYTES)
  ),
  UPSTREAM_TIMEOUT_MAX: variable(
    '300',
    'Seconds that one call of a flow to an upstream may take, whatever its own timeout says.',
    integer(1, MAX_UPSTREAM_SECONDS)
  ),
  METRICS_PORT: variable(
    '',
    'A port of its own for /metrics, which asks for METRICS_TOKEN if there is one, and else for nothing. ' +
      'Default: none; /metrics of PORT asks for an admin.',
    optional(integer(1, 65_535))
  ),
  METRICS_TOKEN: secretVariable(
    'What Prometheus sends to /metrics as its bearer token, 20 characters or more. Default: there is none.',
    optional(bearerToken)
  ),
  REDIS_URL: secretVariable(
    'A Redis or Valkey server that counts limits with enforcement "strict", redis:// or rediss://. ' +
      'Default: these are counted as the others.',
    optional(redisUrl)
  ),
  DURABLE_ENGINE: variable(
    'postgres',
    'Where durable runs live: postgres (the database), or restate (a Restate cluster).',
    oneOf(['postgres', 'restate'] as const)
  ),
  RESTATE_INGRESS_URL: variable('', 'The ingress of Restate, such as http://127.0.0.1:8080.', optional(httpUrl)),
  RESTATE_ADMIN_URL: variable('', 'The admin API of Restate, such as http://127.0.0.1:9070.', optional(httpUrl)),
  RESTATE_SERVICE_PORT: variable(
    '9080',
    'The port on which processes that run flows listen for Restate.',
    integer(1, 65_535)
  ),
  RESTATE_SERVICE_URL: variable(
    '',
    'Where Restate reaches that port, over all such processes. Default: http://127.0.0.1 and the port.',
    optional(httpUrl)
  ),
  RESTATE_IDENTITY_KEYS: variable(
    '',
    'Public keys of Restate, publickeyv1_…, separated by commas: requests to the service port must be signed by one.',
    list(restateKey)
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: variable(
    '',
    'An OpenTelemetry collector that traces are sent to by OTLP over HTTP, such as http://127.0.0.1:4318. ' +
      'Default: nothing is recorded.',
    optional(httpUrl)
  ),
  OTEL_EXPORTER_OTLP_HEADERS: secretVariable('Headers for the collector, name=value, separated by commas.', headers),
  OTEL_SERVICE_NAME: variable('sluice', 'The name of this service in traces.', nonEmpty),
  OTEL_TRACES_SAMPLER_ARG: variable('0.1', 'The part of the traces that begin here and are recorded, 0 to 1.', ratio),
  PROCESSES: variable('1', 'Processes that answer calls, or auto: one for each core.', processes),
  ROLE: variable(
    'all',
    'gateway (answers HTTP), worker (runs queued flows) or all.',
    oneOf(['gateway', 'worker', 'all'] as const)
  ),
  LOG_LEVEL: variable('info', `One of ${LOG_LEVELS.join(', ')}.`, oneOf(LOG_LEVELS))
}

function variable<T>(fallback: string, help: string, parse: (text: string | undefined) => T): Variable<T> {
  return { parse, default: fallback, help }
}

function secretVariable<T>(help: string, parse: (text: string | undefined) => T): Variable<T> {
  return { parse, default: '', help: help, isSecret: true }
}
