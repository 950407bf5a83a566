import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parseEnv } from 'node:util'
import { passwordFault } from './accounts/password-policy.ts'
import { type LOG_LEVELS, VARIABLES } from './config/variables.ts'
import { isLoopbackHost } from './lib/ip-address.ts'
import type { Secret } from './lib/secret.ts'

type Environment = Readonly<Record<string, string | undefined>>

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
  /** Undefined: there is no replica. */
  databaseReadUrl: Secret | undefined
  databasePool: number
  migrate: 'auto' | 'wait' | 'off'
  dataDir: string
  admin: { email: string; password: Secret } | undefined
  signup: 'open' | 'closed'
  /** Undefined: new passwords are not looked up in a list. */
  passwordBreachUrl: string | undefined
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
  /** Undefined: only an admin may read the metrics. */
  metricsToken: Secret | undefined
  /** Undefined: strict limits are counted like local ones. */
  redisUrl: Secret | undefined
  /** The Restate cluster that keeps durable runs. Undefined: they are in the database. */
  restate:
    | {
        ingressUrl: string
        adminUrl: string
        /** Without a final slash. */
        serviceUrl: string
        servicePort: number
        serviceHost: string
        identityKeys: readonly string[]
      }
    | undefined
  /** Where traces are sent. Undefined: traces are not recorded. */
  tracing:
    | { endpoint: string; headers: Secret<Readonly<Record<string, string>>>; serviceName: string; ratio: number }
    | undefined
  /** How many processes answer calls. */
  processes: number
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
  if (values.ROLE === 'worker' && values.PROCESSES > 1)
    faults.push('PROCESSES: counts processes that answer calls, and ROLE=worker answers none')
  const restate = restateOf(values)
  faults.push(...restateFaults(values, restate))
  if (faults.length > 0) throw new ConfigError(faults)

  const embedded = values.DATABASE_URL === undefined
  return Object.freeze({
    host: values.HOST,
    port: values.PORT,
    publicUrl: values.PUBLIC_URL,
    databaseUrl: values.DATABASE_URL,
    databaseDirectUrl: values.DATABASE_DIRECT_URL,
    databaseReadUrl: values.DATABASE_READ_URL,
    databasePool: values.DATABASE_POOL,
    migrate: values.MIGRATE,
    dataDir: values.DATA_DIR,
    admin:
      values.ADMIN_EMAIL && values.ADMIN_PASSWORD
        ? { email: values.ADMIN_EMAIL, password: values.ADMIN_PASSWORD }
        : undefined,
    signup: values.SIGNUP ?? (embedded && isLoopbackHost(values.HOST) ? 'open' : 'closed'),
    passwordBreachUrl: values.PASSWORD_BREACH_URL,
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
    metricsToken: values.METRICS_TOKEN,
    redisUrl: values.REDIS_URL,
    restate,
    tracing:
      values.OTEL_EXPORTER_OTLP_ENDPOINT === undefined
        ? undefined
        : {
            endpoint: values.OTEL_EXPORTER_OTLP_ENDPOINT,
            headers: values.OTEL_EXPORTER_OTLP_HEADERS,
            serviceName: values.OTEL_SERVICE_NAME,
            ratio: values.OTEL_TRACES_SAMPLER_ARG
          },
    processes: values.PROCESSES,
    role: values.ROLE,
    logLevel: values.LOG_LEVEL
  })
}

/**
 * The Restate cluster; undefined if runs are in the database, or if its URLs are missing (a fault that is reported
 * separately).
 */
function restateOf(values: Values): Config['restate'] {
  const { RESTATE_INGRESS_URL: ingressUrl, RESTATE_ADMIN_URL: adminUrl, RESTATE_SERVICE_PORT: servicePort } = values
  if (values.DURABLE_ENGINE !== 'restate' || ingressUrl === undefined || adminUrl === undefined) return undefined
  const serviceUrl = values.RESTATE_SERVICE_URL ?? `http://127.0.0.1:${servicePort}`
  // Anybody who reaches the port could run any flow, so it is open to this machine only, unless Restate is elsewhere.
  const serviceHost = isLoopbackHost(new URL(serviceUrl).hostname) ? '127.0.0.1' : '0.0.0.0'
  return { ingressUrl, adminUrl, serviceUrl, servicePort, serviceHost, identityKeys: values.RESTATE_IDENTITY_KEYS }
}

function restateFaults(values: Values, restate: Config['restate']): string[] {
  if (values.DURABLE_ENGINE !== 'restate') return []
  const faults = (['RESTATE_INGRESS_URL', 'RESTATE_ADMIN_URL'] as const)
    .filter((name) => values[name] === undefined)
    .map((name) => `${name}: needed with DURABLE_ENGINE=restate`)
  if (values.RESTATE_SERVICE_PORT === values.PORT) faults.push('RESTATE_SERVICE_PORT: must differ from PORT')
  if (restate && restate.serviceHost !== '127.0.0.1' && restate.identityKeys.length === 0)
    faults.push(
      'RESTATE_IDENTITY_KEYS: needed where RESTATE_SERVICE_URL is not on this machine, ' +
        'because anybody who reaches the port could run any flow'
    )
  return faults
}

/** The environment of the process, completed by the variables of `.env` in `folder` unless NODE_ENV is `production`. */
export function processEnvironment(folder: string): Environment {
  const file = path.join(folder, '.env')
  if (process.env.NODE_ENV === 'production' || !existsSync(file)) return process.env
  return { ...parseEnv(readFileSync(file, 'utf8')), ...process.env }
}

/** The environment of the process without any file, for programs that run in folders of others. */
export function bareEnvironment(): Environment {
  return process.env
}

/** The text of `.env.example`. */
export function exampleEnvironment(): string {
  const entries = Object.entries(VARIABLES).map(
    ([name, { default: fallback, help }]) => `# ${help}\n# ${name}=${fallback}\n`
  )
  const intro =
    '# Every variable is optional. Lines without # are read in development; the environment of the process wins.\n' +
    '# A secret can also be in a file that NAME_FILE names, such as DATABASE_URL_FILE=/run/secrets/database_url.'
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

/** The faults of variables that contradict each other. */
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
  for (const name of ['DATABASE_DIRECT_URL', 'DATABASE_READ_URL', 'MIGRATE'] as const)
    if (isSet(name) && !isSet('DATABASE_URL') && valueOf(name) !== 'auto') faults.push(`${name}: needs DATABASE_URL`)
  return faults
}

function isGiven(text: string | undefined): text is string {
  return text !== undefined && text !== ''
}
