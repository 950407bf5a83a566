import { closed, mapOf, named, ref, type Schema, text } from './document-schema/build.ts'
import { DEFINITIONS } from './document-schema/definitions.ts'
import { SEMANTIC_VERSION } from './lint/values.ts'

/**
 * The shape of a document as JSON Schema 2020-12 with descriptions, for editors. Every document that
 * {@link lintDocument} accepts is valid. It does not check what a schema cannot express: names that must exist, jq,
 * addresses.
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
