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
  /** Whether its value is a secret. A secret can also be in a file that `<NAME>_FILE` names. */
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
    'The URL of the gateway for callers, used in links and as the issuer of tokens. Default: from HOST and PORT.',
    optional(httpUrl)
  ),
  DATABASE_URL: secretVariable(
    'A PostgreSQL 15-18 database. Default: an embedded one in DATA_DIR/postgres.',
    optional(postgresUrl)
  ),
  DATABASE_DIRECT_URL: secretVariable(
    'The same database without a pooler, for sessions that listen or hold locks, and for migrations. ' +
      'Default: DATABASE_URL.',
    optional(postgresUrl)
  ),
  DATABASE_READ_URL: secretVariable(
    'A replica of the same database, for reading lists of runs, requests, usage and the audit log. ' +
      'Default: DATABASE_URL.',
    optional(postgresUrl)
  ),
  DATABASE_POOL: variable('10', 'The most database connections of a process.', integer(2, 1_000)),
  MIGRATE: variable(
    'auto',
    'auto (a starting process migrates the database), wait (it waits for another one to migrate it) or off.',
    oneOf(['auto', 'wait', 'off'] as const)
  ),
  DATA_DIR: variable('.data', 'The folder of the embedded database and its keys.', (text) =>
    path.resolve(nonEmpty(text))
  ),
  ADMIN_EMAIL: variable(
    '',
    'An admin account that is created at start if it does not exist. Needs ADMIN_PASSWORD.',
    optional(email)
  ),
  ADMIN_PASSWORD: secretVariable('The password of that account, 8 to 256 characters.', optional(secret)),
  SIGNUP: variable(
    '',
    'open or closed. Default: open with the embedded database and a HOST on loopback, else closed.',
    optional(oneOf(['open', 'closed'] as const))
  ),
  PASSWORD_BREACH_URL: variable(
    '',
    'A list of breached passwords in which new ones are looked up by the first 5 characters of their SHA-1, such as ' +
      'https://api.pwnedpasswords.com/range. Default: new passwords are not looked up.',
    optional(httpUrl)
  ),
  SMTP_URL: secretVariable(
    'The mail server: smtp:// or smtps:// with user and password. Needs MAIL_FROM. Default: no mail is sent.',
    optional(smtpUrl)
  ),
  MAIL_FROM: variable('', 'The sender of mails: an address, or "Name <address>".', optional(mailFrom)),
  EGRESS_ALLOW: variable(
    '',
    'Private hosts, host:port or CIDRs that flows may reach, separated by commas.',
    list(egressEntry)
  ),
  TRUST_PROXY: variable(
    '',
    'Addresses or CIDRs of proxies whose X-Forwarded-For and traceparent are trusted, separated by commas.',
    list(proxyRange)
  ),
  SLUICE_KEYS: secretVariable(
    'Keys for secrets at rest, id:base64 of 32 bytes, separated by commas; the first one encrypts. ' +
      'Required with DATABASE_URL. Default: generated in DATA_DIR/keys.',
    optional(keys)
  ),
  CACHE_MAX_STALE: variable(
    '5',
    'How many seconds a cached record is trusted while announcements of changes cannot arrive.',
    integer(0, MAX_SECONDS)
  ),
  CACHE_GRACE: variable(
    '60',
    'How many seconds cached credentials keep working while the database is down.',
    integer(0, MAX_SECONDS)
  ),
  DRAIN_SECONDS: variable(
    '5',
    'How many seconds calls are answered as usual after SIGTERM, while /readyz already answers not_ready.',
    integer(0, MAX_SECONDS)
  ),
  REQUEST_BODY_MAX: variable(
    '10485760',
    "The most bytes of the body of a listener's call, after decompression.",
    integer(1024, MAX_BODY_BYTES)
  ),
  UPSTREAM_TIMEOUT_MAX: variable(
    '300',
    'The most seconds that one call of a flow to an upstream may take, whatever its own timeout says.',
    integer(1, MAX_UPSTREAM_SECONDS)
  ),
  METRICS_PORT: variable(
    '',
    'A separate port for /metrics. It needs METRICS_TOKEN if that is set, else no credential. ' +
      'Default: none; /metrics on PORT needs an admin.',
    optional(integer(1, 65_535))
  ),
  METRICS_TOKEN: secretVariable(
    'The bearer token with which Prometheus reads /metrics, 20 characters or more. Default: none.',
    optional(bearerToken)
  ),
  REDIS_URL: secretVariable(
    'A Redis or Valkey server that counts rate limits with enforcement "strict", redis:// or rediss://. ' +
      'Default: strict limits are counted like local ones.',
    optional(redisUrl)
  ),
  DURABLE_ENGINE: variable(
    'postgres',
    'What keeps durable runs: postgres (the database), or restate (a Restate cluster).',
    oneOf(['postgres', 'restate'] as const)
  ),
  RESTATE_INGRESS_URL: variable(
    '',
    'The URL of the ingress of Restate, such as http://127.0.0.1:8080.',
    optional(httpUrl)
  ),
  RESTATE_ADMIN_URL: variable(
    '',
    'The URL of the admin API of Restate, such as http://127.0.0.1:9070.',
    optional(httpUrl)
  ),
  RESTATE_SERVICE_PORT: variable(
    '9080',
    'The service port: where processes that run flows listen for Restate.',
    integer(1, 65_535)
  ),
  RESTATE_SERVICE_URL: variable(
    '',
    'The URL at which Restate reaches the service port of these processes. Default: http://127.0.0.1 and the port.',
    optional(httpUrl)
  ),
  RESTATE_IDENTITY_KEYS: variable(
    '',
    'Public keys of Restate, publickeyv1_…, separated by commas. Requests to the service port must be signed by one.',
    list(restateKey)
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: variable(
    '',
    'An OpenTelemetry collector to which traces are sent by OTLP over HTTP, such as http://127.0.0.1:4318. ' +
      'Default: no traces are recorded.',
    optional(httpUrl)
  ),
  OTEL_EXPORTER_OTLP_HEADERS: secretVariable('Headers for the collector, name=value, separated by commas.', headers),
  OTEL_SERVICE_NAME: variable('sluice', 'The name of this service in traces.', nonEmpty),
  OTEL_TRACES_SAMPLER_ARG: variable(
    '0.1',
    'The share of traces that is recorded, 0 to 1, of those that begin here.',
    ratio
  ),
  PROCESSES: variable('1', 'How many processes answer calls, or auto: one per core.', processes),
  ROLE: variable(
    'all',
    'gateway (answers calls), worker (runs queued flows, delivers events) or all.',
    oneOf(['gateway', 'worker', 'all'] as const)
  ),
  LOG_LEVEL: variable('info', `The lowest level that is logged: one of ${LOG_LEVELS.join(', ')}.`, oneOf(LOG_LEVELS))
}

function variable<T>(fallback: string, help: string, parse: (text: string | undefined) => T): Variable<T> {
  return { parse, default: fallback, help }
}

function secretVariable<T>(help: string, parse: (text: string | undefined) => T): Variable<T> {
  return { parse, default: '', help: help, isSecret: true }
}
