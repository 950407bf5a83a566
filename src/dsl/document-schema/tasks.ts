import { BODY_FORMS } from '../../lib/encode-content.ts'
import { DOCUMENT_LIMITS } from '../limits.ts'
import { closed, named, ref, type Schema, text } from './build.ts'

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

/** Every kind of task, by a name for it. */
export const TASKS: Readonly<Record<string, Schema>> = {
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
