import { NAME } from '../lint/values.ts'
import { closed, mapOf, ref, type Schema, text } from './build.ts'
import { TASKS } from './tasks.ts'

const policy = (members: Readonly<Record<string, Schema>>, required: readonly string[]): Schema => ({
  anyOf: [closed({ use: text('The name of a secret that has the members') }, ['use']), closed(members, required)]
})
const userAndPassword = policy({ username: { type: 'string' }, password: { type: 'string' } }, ['username', 'password'])

/** The definitions that references of the schema name. */
export const DEFINITIONS: Readonly<Record<string, Schema>> = {
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
