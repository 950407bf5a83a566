import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parseEnv } from 'node:util'
import { passwordFault } from './accounts/password-policy.ts'
import { parseEgressAllow } from './platform/egress/index.ts'
import { emailFault, foldEmail } from './lib/email.ts'
import { isLoopbackHost, parseCidr } from './lib/ip-address.ts'
import { parseKeys } from './lib/keyring.ts'
import { Secret } from './lib/secret.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** An environment variable: its parser, which throws an Error that says what is wrong, and its help text. */
interface Variable<T> {
  parse(text: string | undefined): T
  default: string
  help: string
  /** Whether its value is a secret, which can also stand in the file that `<NAME>_FILE` names. */
  isSecret?: true
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
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
    'A port of its own for /metrics, which asks for no credential. Default: none; /metrics of PORT asks for an admin.',
    optional(integer(1, 65_535))
  ),
  REDIS_URL: secretVariable(
    'A Redis or Valkey server that counts limits with enforcement "strict", redis:// or rediss://. ' +
      'Default: these are counted as the others.',
    optional(redisUrl)
  ),
  ROLE: variable(
    'all',
    'gateway (answers HTTP), worker (runs queued flows) or all.',
    oneOf(['gateway', 'worker', 'all'] as const)
  ),
  LOG_LEVEL: variable('info', `One of ${LOG_LEVELS.join(', ')}.`, oneOf(LOG_LEVELS))
}

type Values = { [K in keyof typeof VARIABLES]: ReturnType<(typeof VARIABLES)[K]['parse']> }

export interface Config {
  host: string
  port: number
  /** Without a trailing slash. Undefined: built from host and port once the port is known. */
  publicUrl: string | undefined
  /** Undefined: the embedded database. */
  databaseUrl: Secret | undefined
  /** Undefined: `databaseUrl` is direct. */
  databaseDirectUrl: Secret | undefined
  databasePool: number
  migrate: 'auto' | 'wait' | 'off'
  dataDir: string
  admin: { email: string; password: Secret } | undefined
  signup: 'open' | 'closed'
  /** Undefined: mail is not set up. */
  smtp: { url: Secret; from: string } | undefined
  egressAllow: readonly string[]
  trustProxy: readonly string[]
  /** Undefined: generated in the data folder. */
  keys: Secret | undefined
  cacheMaxStaleMs: number
  cacheGraceMs: number
  drainMs: number
  requestBodyMax: number
  upstreamTimeoutMs: number
  /** Undefined: no port of its own. */
  metricsPort: number | undefined
  /** Undefined: no limit is strict. */
  redisUrl: Secret | undefined
  role: 'gateway' | 'worker' | 'all'
  logLevel: (typeof LOG_LEVELS)[number]
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    const count = faults.length === 1 ? 'a fault' : `${faults.length} faults`
    super([`The configuration has ${count}:`, ...faults.map((fault) => `  ${fault}`)].join('\n'))
    this.faults = faults
  }
}

/**
 * Reads the environment into a checked, frozen value.
 *
 * @throws ConfigError that lists all faults at once and contains no value that could be a secret.
 *
 * @example
 * const config = readConfig(processEnvironment(process.cwd()))
 */
export function readConfig(given: Environment): Config {
  const faults: string[] = []
  const environment = withFiles(given, faults)
  const values = Object.fromEntries(
    Object.entries(VARIABLES).map(([name, { parse, default: fallback }]) => {
      const text = environment[name]
      try {
        return [name, parse(isGiven(text) ? text : fallback || undefined)]
      } catch (error) {
        faults.push(`${name}: ${(error as Error).message}`)
        return [name, undefined]
      }
    })
  ) as Values
  faults.push(...contradictions((name) => environment[name]))
  const passwordProblem = values.ADMIN_PASSWORD && passwordFault(values.ADMIN_PASSWORD, values.ADMIN_EMAIL ?? '')
  if (passwordProblem) faults.push(`ADMIN_PASSWORD: ${passwordProblem}`)
  if (values.METRICS_PORT !== undefined && values.METRICS_PORT === values.PORT)
    faults.push('METRICS_PORT: must differ from PORT')
  if (faults.length > 0) throw new ConfigError(faults)

  const embedded = values.DATABASE_URL === undefined
  return Object.freeze({
    host: values.HOST,
    port: values.PORT,
    publicUrl: values.PUBLIC_URL,
    databaseUrl: values.DATABASE_URL,
    databaseDirectUrl: values.DATABASE_DIRECT_URL,
    databasePool: values.DATABASE_POOL,
    migrate: values.MIGRATE,
    dataDir: values.DATA_DIR,
    admin:
      values.ADMIN_EMAIL && values.ADMIN_PASSWORD
        ? { email: values.ADMIN_EMAIL, password: values.ADMIN_PASSWORD }
        : undefined,
    signup: values.SIGNUP ?? (embedded && isLoopbackHost(values.HOST) ? 'open' : 'closed'),
    smtp: values.SMTP_URL && values.MAIL_FROM ? { url: values.SMTP_URL, from: values.MAIL_FROM } : undefined,
    egressAllow: values.EGRESS_ALLOW,
    trustProxy: values.TRUST_PROXY,
    keys: values.SLUICE_KEYS,
    cacheMaxStaleMs: values.CACHE_MAX_STALE * 1000,
    cacheGraceMs: values.CACHE_GRACE * 1000,
    drainMs: values.DRAIN_SECONDS * 1000,
    requestBodyMax: values.REQUEST_BODY_MAX,
    upstreamTimeoutMs: values.UPSTREAM_TIMEOUT_MAX * 1000,
    metricsPort: values.METRICS_PORT,
    redisUrl: values.REDIS_URL,
    role: values.ROLE,
    logLevel: values.LOG_LEVEL
  })
}

/** The process's own environment, and below it the variables of `.env` in `folder` unless NODE_ENV is `production`. */
export function processEnvironment(folder: string): Environment {
  const file = path.join(folder, '.env')
  if (process.env.NODE_ENV === 'production' || !existsSync(file)) return process.env
  return { ...parseEnv(readFileSync(file, 'utf8')), ...process.env }
}

/** The process's own environment, without any file: for programs that run in folders which are not ours. */
export function bareEnvironment(): Environment {
  return process.env
}

/** The text of `.env.example`. */
export function exampleEnvironment(): string {
  const entries = Object.entries(VARIABLES).map(
    ([name, { default: fallback, help }]) => `# ${help}\n# ${name}=${fallback}\n`
  )
  const intro =
    "# Every variable is optional. Lines without # are read in development; the process's own environment wins.\n" +
    '# A secret can stand in a file instead: NAME_FILE names it, such as DATABASE_URL_FILE=/run/secrets/database_url.'
  return `${intro}\n\n${entries.join('\n')}`
}

/** The environment with the content of the files that `<NAME>_FILE` names, for every variable that holds a secret. */
function withFiles(environment: Environment, faults: string[]): Environment {
  const values: Record<string, string | undefined> = { ...environment }
  for (const [name, { isSecret }] of Object.entries(VARIABLES)) {
    const file = environment[`${name}_FILE`]
    if (!isSecret || !isGiven(file)) continue
    if (isGiven(environment[name])) faults.push(`${name} and ${name}_FILE: set one of them`)
    try {
      // Editors and `echo` end a file with a line break, which is not part of the secret.
      const text = readFileSync(file, 'utf8').replace(/\r?\n$/, '')
      if (text === '') faults.push(`${name}_FILE: the file is empty`)
      values[name] = text
    } catch (error) {
      faults.push(`${name}_FILE: the file cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`)
    }
  }
  return values
}

/** The faults of variables that do not fit together. */
function contradictions(valueOf: (name: keyof typeof VARIABLES) => string | undefined): string[] {
  const faults: string[] = []
  const isSet = (name: keyof typeof VARIABLES): boolean => isGiven(valueOf(name))
  if (isSet('ADMIN_EMAIL') !== isSet('ADMIN_PASSWORD'))
    faults.push('ADMIN_EMAIL and ADMIN_PASSWORD: set both or neither')
  if (isSet('SMTP_URL') !== isSet('MAIL_FROM')) faults.push('SMTP_URL and MAIL_FROM: set both or neither')
  if (isSet('DATABASE_URL') && !isSet('SLUICE_KEYS')) {
    faults.push(
      'SLUICE_KEYS: needed with DATABASE_URL, the same for every process ' +
        '(make one with: echo "k1:$(openssl rand -base64 32)")'
    )
  }
  for (const name of ['DATABASE_DIRECT_URL', 'MIGRATE'] as const)
    if (isSet(name) && !isSet('DATABASE_URL') && valueOf(name) !== 'auto') faults.push(`${name}: needs DATABASE_URL`)
  return faults
}

function isGiven(text: string | undefined): text is string {
  return text !== undefined && text !== ''
}

function variable<T>(fallback: string, help: string, parse: (text: string | undefined) => T): Variable<T> {
  return { parse, default: fallback, help }
}

function secretVariable<T>(help: string, parse: (text: string | undefined) => T): Variable<T> {
  return { parse, default: '', help: help, isSecret: true }
}

function optional<T>(parse: (text: string) => T): (text: string | undefined) => T | undefined {
  return (text) => (text === undefined ? undefined : parse(text))
}

function list<T>(parse: (text: string) => T): (text: string | undefined) => T[] {
  return (text) =>
    (text ?? '')
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== '')
      .map(parse)
}

function nonEmpty(text: string | undefined): string {
  if (!text?.trim()) throw new Error('must not be empty')
  return text
}

function integer(min: number, max: number): (text: string | undefined) => number {
  return (text) => {
    const value = Number(text)
    if (!/^\d+$/.test(text ?? '') || value < min || value > max)
      throw new Error(`must be a whole number from ${min} to ${max}`)
    return value
  }
}

function oneOf<const T extends string>(choices: readonly T[]): (text: string | undefined) => T {
  return (text) => {
    const choice = choices.find((candidate) => candidate === text)
    if (choice === undefined) throw new Error(`must be one of ${choices.join(', ')}`)
    return choice
  }
}

function httpUrl(text: string): string {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username || url.password)
    throw new Error('must be an http or https URL without query, fragment or user')
  return url.href.replace(/\/$/, '')
}

function postgresUrl(text: string): Secret {
  const url = URL.parse(text)
  if (!url || !/^postgres(ql)?:$/.test(url.protocol)) throw new Error('must be a postgresql:// URL')
  return new Secret(text)
}

function smtpUrl(text: string): Secret {
  const url = URL.parse(text)
  if (!url?.hostname || !/^smtps?:$/.test(url.protocol)) throw new Error('must be an smtp:// or smtps:// URL')
  return new Secret(text)
}

function redisUrl(text: string): Secret {
  const url = URL.parse(text)
  if (!url?.hostname || !/^rediss?:$/.test(url.protocol)) throw new Error('must be a redis:// or rediss:// URL')
  return new Secret(text)
}

function mailFrom(text: string): string {
  // A line break would begin another header.
  if (!/^(?:[^<>\p{Cc}]*<[^\s<>@\p{Cc}]+@[^\s<>@\p{Cc}]+>|[^\s<>@\p{Cc}]+@[^\s<>@\p{Cc}]+)$/u.test(text))
    throw new Error('must be an address, or a name and an address: Sluice <sluice@example.com>')
  return text
}

function email(text: string): string {
  const fault = emailFault(text)
  if (fault) throw new Error(fault)
  return foldEmail(text)
}

function secret(text: string): Secret {
  return new Secret(text)
}

/** Thirty-two random bytes have fewer different values than this once in more than 10^40 times. */
const KEY_VALUES_MIN = 8

function keys(text: string): Secret {
  for (const { id, key } of parseKeys(text))
    if (new Set(key.reveal()).size < KEY_VALUES_MIN)
      throw new Error(`the key "${id}" is not random: make one with openssl rand -base64 32`)
  return new Secret(text)
}

function egressEntry(text: string): string {
  parseEgressAllow([text])
  return text
}

function proxyRange(text: string): string {
  try {
    if (parseCidr(text).bits === 0)
      throw new Error('would believe X-Forwarded-For from every caller: name the addresses of the proxies')
  } catch (error) {
    throw new Error(`"${text}" ${(error as Error).message}`, { cause: error })
  }
  return text
}
