/** A DSL 1.0.3 document. The types allow exactly what `lintDocument` accepts. */
export interface FlowDocument {
  document: {
    dsl: string
    namespace: string
    name: string
    version: string
    title?: string
    summary?: string
    tags?: object
    /** Any members. `timeZone` is the time zone of the schedule, an IANA name. */
    metadata?: { timeZone?: string }
  }
  input?: InputDefinition
  use?: UseDefinition
  do: TaskList
  timeout?: TimeoutDefinition | string
  output?: OutputDefinition
  schedule?: {
    cron?: string
    every?: DurationDefinition
    after?: DurationDefinition
    on?: { one: EventFilterDefinition }
  }
  evaluate?: { language?: 'jq'; mode?: 'strict' }
}

/** Objects of one member each; the member's name is the task's name. */
export type TaskList = readonly Readonly<Record<string, TaskDefinition>>[]

export type DurationDefinition =
  string | { days?: number; hours?: number; minutes?: number; seconds?: number; milliseconds?: number }
export interface TimeoutDefinition {
  after: DurationDefinition
}
export interface SchemaDefinition {
  format?: string
  document: object | boolean
}
export interface InputDefinition {
  schema?: SchemaDefinition
  from?: string | object
}
export interface OutputDefinition {
  schema?: SchemaDefinition
  as?: string | object
}
export interface ExportDefinition {
  schema?: SchemaDefinition
  as?: string | object
}

export interface UseDefinition {
  authentications?: Readonly<Record<string, AuthenticationDefinition>>
  errors?: Readonly<Record<string, ErrorDefinition>>
  functions?: Readonly<Record<string, TaskDefinition>>
  retries?: Readonly<Record<string, RetryDefinition>>
  secrets?: readonly string[]
  timeouts?: Readonly<Record<string, TimeoutDefinition>>
}

export interface TaskBase {
  if?: string
  input?: InputDefinition
  output?: OutputDefinition
  export?: ExportDefinition
  timeout?: TimeoutDefinition | string
  then?: string
  metadata?: object
}

export interface CallTask extends TaskBase {
  call: string
  with?: Readonly<Record<string, unknown>>
}
export interface DoTask extends TaskBase {
  do: TaskList
}
export interface EmitTask extends TaskBase {
  emit: { event: { with: Readonly<Record<string, unknown>> } }
}
export interface ForTask extends TaskBase {
  for: { each?: string; in: string | readonly unknown[]; at?: string }
  while?: string
  do: TaskList
}
export interface ForkTask extends TaskBase {
  fork: { branches: TaskList; compete?: boolean }
}
export interface ListenTask extends TaskBase {
  listen: { to: { one: EventFilterDefinition }; read?: 'data' | 'envelope' | 'raw' }
}
export interface RaiseTask extends TaskBase {
  raise: { error: ErrorDefinition | string }
}
export interface RunTask extends TaskBase {
  run: RunDefinition
}
export interface SetTask extends TaskBase {
  set: Readonly<Record<string, unknown>> | string
}
export interface SwitchTask extends TaskBase {
  switch: readonly Readonly<Record<string, { when?: string; then: string }>>[]
}
export interface TryTask extends TaskBase {
  try: TaskList
  catch: CatchDefinition
}
export interface WaitTask extends TaskBase {
  wait: DurationDefinition
}

export type TaskDefinition =
  | CallTask
  | DoTask
  | EmitTask
  | ForTask
  | ForkTask
  | ListenTask
  | RaiseTask
  | RunTask
  | SetTask
  | SwitchTask
  | TryTask
  | WaitTask

/** The filter for an event: its attributes, and the values that must match data of the run. */
export interface EventFilterDefinition {
  /** For each attribute, a literal that it must equal, or an expression over it that must be true. */
  with: Readonly<Record<string, unknown>>
  correlate?: Readonly<Record<string, { from: string; expect: string }>>
}

export interface RunDefinition {
  workflow?: { namespace: string; name: string; version: string; input?: unknown }
  script?: {
    language: string
    code: string
    arguments?: readonly unknown[] | Readonly<Record<string, unknown>> | string
    stdin?: string
    environment?: Readonly<Record<string, unknown>>
  }
  return?: 'stdout' | 'stderr' | 'code' | 'all' | 'none'
  await?: boolean
}

export interface ErrorDefinition {
  type: string
  status: number | string
  title?: string
  detail?: string
  instance?: string
}

export interface CatchDefinition {
  errors?: { with?: { type?: string; status?: number; title?: string; detail?: string; instance?: string } }
  as?: string
  when?: string
  exceptWhen?: string
  retry?: RetryDefinition | string
  do?: TaskList
  then?: string
}

export interface RetryDefinition {
  when?: string
  exceptWhen?: string
  delay?: DurationDefinition
  backoff?: { constant?: object; linear?: object; exponential?: object }
  limit?: { attempt?: { count?: number; duration?: DurationDefinition }; duration?: DurationDefinition }
  jitter?: { from: DurationDefinition; to: DurationDefinition }
}

/**
 * One policy, or `use` with the name of one of `use.authentications`. A policy has its members in place, or is
 * `{ use: <name of a secret> }` and takes them from the secret.
 */
export interface AuthenticationDefinition {
  use?: string
  basic?: Readonly<Record<string, unknown>>
  bearer?: Readonly<Record<string, unknown>>
  digest?: Readonly<Record<string, unknown>>
  oauth2?: Readonly<Record<string, unknown>>
  oidc?: Readonly<Record<string, unknown>>
}

export type EndpointDefinition = string | { uri: string; authentication?: AuthenticationDefinition }
