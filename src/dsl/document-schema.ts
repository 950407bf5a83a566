import { BODY_FORMS } from '../lib/encode-content.ts'
import { DOCUMENT_LIMITS } from './limits.ts'
import { NAME, SEMANTIC_VERSION } from './lint/values.ts'

type Schema = Readonly<Record<string, unknown>>

const ref = (name: string): Schema => ({ $ref: `#/$defs/${name}` })
const text = (description: string): Schema => ({ type: 'string', description })
const closed = (properties: Readonly<Record<string, Schema>>, required: readonly string[] = []): Schema => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false
})
const mapOf = (schema: Schema): Schema => ({ type: 'object', additionalProperties: schema })
const named = (schema: Schema, description: string): Schema => ({ ...schema, description })

const BASE = {
  if: named(ref('expression'), 'The task is skipped unless this gives true'),
  input: ref('input'),
  output: ref('output'),
  export: named(ref('export'), 'What the task leaves in $context'),
  timeout: ref('timeoutOrName'),
  // oxlint-disable-next-line no-thenable -- the language's name for it; these objects are never awaited
  then: ref('directive'),
  metadata: { type: 'object', description: 'Anything; flows do not read it' }
}

/** A kind of task: its own members, and those that every task may have. */
const task = (
  description: string,
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[] = Object.keys(properties)
): Schema => ({ ...closed({ ...properties, ...BASE }, required), description })

const HTTP_ARGUMENTS = closed(
  {
    method: { type: 'string', description: 'get, head, post, put, patch, delete, options or query' },
    endpoint: {
      anyOf: [
        text('An absolute URI with {name} places, or one expression'),
        closed({ uri: { type: 'string' }, authentication: ref('authentication') }, ['uri'])
      ]
    },
    headers: { type: ['object', 'string'], description: 'Text, numbers, booleans and expressions by name' },
    query: { type: ['object', 'string'], description: 'Text, numbers, booleans, expressions or lists of them by name' },
    body: { description: 'Any data with expressions in it' },
    output: ref('callOutput'),
    redirect: { type: 'boolean', description: 'Whether answers that redirect are answers, or are followed' }
  },
  ['method', 'endpoint']
)

const OPENAPI_ARGUMENTS = closed(
  {
    document: closed({ name: { type: 'string' }, endpoint: { type: ['string', 'object'] } }, ['endpoint']),
    operationId: text('The operation to call'),
    parameters: { type: 'object', description: 'By the names in the OpenAPI document; `body` is the body' },
    authentication: ref('authentication'),
    output: ref('callOutput'),
    redirect: { type: 'boolean' }
  },
  ['document', 'operationId']
)

/** A call reads `metadata.body`. */
const withBodyForm = (schema: Schema): Schema => ({
  ...schema,
  properties: {
    ...(schema['properties'] as Schema),
    metadata: {
      type: 'object',
      properties: { body: { enum: BODY_FORMS, description: 'How the body is sent, in place of what its type says' } }
    }
  }
})

const callOf = (target: string, description: string, args: Schema): Schema =>
  withBodyForm(task(description, { call: { const: target }, with: args }))

const TASKS: Readonly<Record<string, Schema>> = {
  callHttp: callOf('http', 'Calls an HTTP endpoint', HTTP_ARGUMENTS),
  callOpenApi: callOf(
    'openapi',
    'Calls an operation of an OpenAPI document, which is read when the flow is saved',
    OPENAPI_ARGUMENTS
  ),
  callFunction: task(
    'Calls one of use.functions',
    {
      call: { type: 'string', not: { enum: ['http', 'openapi', 'grpc', 'asyncapi', 'a2a', 'mcp'] } },
      with: { type: 'object', description: 'Its arguments' }
    },
    ['call']
  ),
  do: task('Runs tasks one after the other', { do: ref('taskList') }),
  listen: task(
    'Waits for an event',
    {
      listen: closed(
        {
          to: closed({ one: ref('eventFilter') }, ['one']),
          read: { enum: ['data', 'envelope', 'raw'], description: 'What of the event is the output; default data' }
        },
        ['to']
      )
    },
    ['listen', 'timeout']
  ),
  emit: task('Emits an event', {
    emit: closed(
      {
        event: closed(
          { with: { type: 'object', required: ['type'], description: 'CloudEvents attributes and data' } },
          ['with']
        )
      },
      ['event']
    )
  }),
  for: task(
    'Runs tasks for each item of a list',
    {
      for: closed(
        {
          each: text('The name of the variable of the item; default "item"'),
          in: { type: ['string', 'array'], description: 'The list, or an expression for it' },
          at: text('The name of the variable of the index; default "index"')
        },
        ['in']
      ),
      while: named(ref('expression'), 'Goes on as long as this gives true'),
      do: ref('taskList')
    },
    ['for', 'do']
  ),
  fork: task('Runs branches at the same time', {
    fork: closed(
      {
        branches: { ...ref('taskList'), maxItems: DOCUMENT_LIMITS.branches },
        compete: { type: 'boolean', description: 'Whether the first that ends wins and the others stop' }
      },
      ['branches']
    )
  }),
  raise: task('Fails with an error', {
    raise: closed({ error: { anyOf: [text('One of use.errors'), ref('error')] } }, ['error'])
  }),
  run: task('Runs another flow or a script', { run: ref('process') }),
  set: task('Sets the data that the next task gets', {
    set: { type: ['object', 'string'], minProperties: 1, description: 'Data with expressions in it, or one expression' }
  }),
  switch: task('Goes on at the first case that fits', {
    switch: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        minProperties: 1,
        maxProperties: 1,
        // oxlint-disable-next-line no-thenable -- as above
        additionalProperties: closed({ when: ref('expression'), then: ref('directive') }, ['then'])
      }
    }
  }),
  try: task('Runs tasks, and catches their errors', { try: ref('taskList'), catch: ref('catch') }),
  wait: task('Waits', { wait: ref('duration') })
}

const policy = (members: Readonly<Record<string, Schema>>, required: readonly string[]): Schema => ({
  anyOf: [closed({ use: text('The name of a secret that has the members') }, ['use']), closed(members, required)]
})
const userAndPassword = policy({ username: { type: 'string' }, password: { type: 'string' } }, ['username', 'password'])

const DEFINITIONS: Readonly<Record<string, Schema>> = {
  expression: text('jq, with or without ${ } around it'),
  directive: text('continue, exit, end, or the name of a task in the same list'),
  callOutput: { enum: ['content', 'response', 'raw'], description: 'What of the answer is the output' },
  duration: {
    anyOf: [
      text('ISO 8601 such as "PT30S", or an expression'),
      closed(
        Object.fromEntries(
          ['days', 'hours', 'minutes', 'seconds', 'milliseconds'].map((unit) => [unit, { type: 'integer', minimum: 0 }])
        )
      )
    ]
  },
  timeout: closed({ after: ref('duration') }, ['after']),
  timeoutOrName: { anyOf: [text('One of use.timeouts'), ref('timeout')] },
  schema: closed(
    {
      format: { type: 'string', pattern: '^json(?::.+)?$' },
      document: { type: ['object', 'boolean'], description: 'A JSON Schema' }
    },
    ['document']
  ),
  transform: { type: ['string', 'object'], description: 'An expression, or data with expressions in it' },
  input: closed({ schema: ref('schema'), from: ref('transform') }),
  output: closed({ schema: ref('schema'), as: ref('transform') }),
  export: closed({ schema: ref('schema'), as: ref('transform') }),
  error: closed(
    {
      type: text('A URI that names the kind of error'),
      status: { type: ['integer', 'string'], minimum: 100, maximum: 599 },
      title: { type: 'string' },
      detail: { type: 'string' },
      instance: { type: 'string' }
    },
    ['type', 'status']
  ),
  retry: closed({
    when: ref('expression'),
    exceptWhen: ref('expression'),
    delay: ref('duration'),
    backoff: {
      ...closed({ constant: closed({}), linear: closed({}), exponential: closed({}) }),
      minProperties: 1,
      maxProperties: 1
    },
    limit: closed({
      attempt: closed({ count: { type: 'integer', minimum: 0 }, duration: ref('duration') }),
      duration: ref('duration')
    }),
    jitter: closed({ from: ref('duration'), to: ref('duration') }, ['from', 'to'])
  }),
  catch: closed({
    errors: closed({
      with: closed({
        type: { type: 'string' },
        status: { type: 'integer', minimum: 100, maximum: 599 },
        title: { type: 'string' },
        detail: { type: 'string' },
        instance: { type: 'string' }
      })
    }),
    as: text('The name of the variable of the error; default "error"'),
    when: ref('expression'),
    exceptWhen: ref('expression'),
    retry: { anyOf: [text('One of use.retries'), ref('retry')] },
    do: ref('taskList'),
    // oxlint-disable-next-line no-thenable -- as above
    then: ref('directive')
  }),
  process: {
    type: 'object',
    properties: {
      workflow: {
        ...closed({ namespace: ref('name'), name: ref('name'), version: { type: 'string' }, input: {} }, [
          'namespace',
          'name'
        ]),
        description: 'Another flow of the workspace; version "latest" is the published one'
      },
      script: closed(
        {
          language: text('js'),
          code: text('JavaScript'),
          stdin: { type: 'string' },
          arguments: { type: ['object', 'array', 'string'] },
          environment: { type: 'object' }
        },
        ['language', 'code']
      ),
      await: { type: 'boolean', description: 'Whether to wait for the other flow; default true' },
      return: { enum: ['stdout', 'stderr', 'code', 'all', 'none'] }
    },
    oneOf: [{ required: ['workflow'] }, { required: ['script'] }],
    additionalProperties: false
  },
  authentication: {
    type: 'object',
    minProperties: 1,
    maxProperties: 1,
    properties: {
      use: text('One of use.authentications'),
      basic: userAndPassword,
      digest: userAndPassword,
      bearer: policy({ token: { type: 'string' } }, ['token']),
      oauth2: { type: 'object' },
      oidc: { type: 'object' }
    },
    additionalProperties: false
  },
  eventAttributes: {
    type: 'object',
    minProperties: 1,
    description: 'For each attribute of a CloudEvent a literal, or an expression over it'
  },
  eventFilter: closed(
    {
      with: ref('eventAttributes'),
      correlate: mapOf(closed({ from: text('An expression over the event'), expect: {} }, ['from', 'expect']))
    },
    ['with']
  ),
  name: { type: 'string', pattern: NAME.source, description: '1 to 63 letters, digits and inner hyphens' },
  ...TASKS,
  task: { anyOf: Object.keys(TASKS).map(ref) },
  taskList: {
    type: 'array',
    minItems: 1,
    items: { type: 'object', minProperties: 1, maxProperties: 1, additionalProperties: ref('task') }
  }
}

/**
 * The shape of a document, as JSON Schema 2020-12 with descriptions: for editors. Whatever {@link lintDocument} accepts
 * fits it. It says nothing of what no schema can: names that must exist, jq, addresses.
 */
export const DOCUMENT_SCHEMA: Schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'A flow that runs here (Serverless Workflow DSL 1.0.3)',
  ...closed(
    {
      document: closed(
        {
          dsl: {
            type: 'string',
            pattern: '^1\\.0\\.[0-3]$',
            description: 'The version of the language: 1.0.0 to 1.0.3'
          },
          namespace: ref('name'),
          name: ref('name'),
          version: { type: 'string', pattern: SEMANTIC_VERSION.source, description: 'A semantic version' },
          title: { type: 'string' },
          summary: { type: 'string' },
          tags: { type: 'object' },
          metadata: {
            type: 'object',
            properties: { timeZone: text('Where the hours of the schedule are read, such as "Europe/Berlin"') }
          }
        },
        ['dsl', 'namespace', 'name', 'version']
      ),
      input: ref('input'),
      use: closed({
        authentications: mapOf(ref('authentication')),
        errors: mapOf(ref('error')),
        functions: mapOf(ref('task')),
        retries: mapOf(ref('retry')),
        secrets: { type: 'array', items: { type: 'string' }, uniqueItems: true },
        timeouts: mapOf(ref('timeout'))
      }),
      do: ref('taskList'),
      timeout: ref('timeoutOrName'),
      output: ref('output'),
      schedule: {
        ...closed({
          cron: text('Five fields: minute, hour, day of month, month, day of week'),
          every: ref('duration'),
          after: named(ref('duration'), 'Counted from the end of the run before'),
          on: named(
            closed({ one: closed({ with: ref('eventAttributes') }, ['with']) }, ['one']),
            'The event that starts the flow'
          )
        }),
        minProperties: 1,
        maxProperties: 1
      },
      evaluate: closed({ language: { const: 'jq' }, mode: { const: 'strict' } })
    },
    ['document', 'do']
  ),
  $defs: DEFINITIONS
}
