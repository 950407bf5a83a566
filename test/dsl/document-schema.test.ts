import { readFile } from 'node:fs/promises'
import { Ajv2020 } from 'ajv/dist/2020.js'
import t from 'tap'
import { parse } from 'yaml'
import { DOCUMENT_SCHEMA } from '../../src/dsl/index.ts'
import { wrap } from './fixtures/run.ts'

const fits = new Ajv2020({ strict: false, allErrors: true }).compile(DOCUMENT_SCHEMA)
const text = await readFile(new URL('../../docs/flows.md', import.meta.url), 'utf8')
const documents = [...text.matchAll(/```yaml\n([^]*?)```/g)].map(([, yaml]) => parse(wrap(yaml ?? '')) as object)

t.test('every flow of the documentation fits the schema', async (t) => {
  t.ok(documents.length > 10)
  for (const document of documents) {
    t.ok(fits(document), JSON.stringify([document, fits.errors?.slice(0, 3)]).slice(0, 1_500))
  }
})

t.test('a word that the language does not have, or that does not run here, does not fit', async (t) => {
  const header = { dsl: '1.0.3', namespace: 'test', name: 'test', version: '1.0.0' }
  const flow = (task: object, rest: object = {}) => ({ document: header, do: [{ task }], ...rest })
  t.ok(fits(flow({ set: { a: 1 } })), JSON.stringify(fits.errors))
  for (const [what, document] of Object.entries({
    'a task without a kind': flow({ metadata: {} }),
    'a misspelled kind': flow({ cal: 'http', with: {} }),
    'a call that is not spoken here': flow({ call: 'grpc', with: {} }),
    'a call without a method': flow({ call: 'http', with: { endpoint: 'https://example.com' } }),
    'a member of no task': flow({ set: { a: 1 }, retries: 3 }),
    'two kinds at once': flow({ set: { a: 1 }, wait: 'PT1S' }),
    'an empty list of tasks': { document: header, do: [] },
    'a schedule by two rules': flow({ set: { a: 1 } }, { schedule: { cron: '* * * * *', every: 'PT1M' } }),
    'loose expressions': flow({ set: { a: 1 } }, { evaluate: { mode: 'loose' } }),
    'a version of another language': { document: { ...header, dsl: '0.8' }, do: [{ a: { set: { b: 1 } } }] }
  }))
    t.notOk(fits(document), what)
})

t.test('what an editor offers has a description', async (t) => {
  const { task, ...definitions } = DOCUMENT_SCHEMA['$defs'] as Record<string, { description?: string }>
  const kinds = (task as unknown as { anyOf: { $ref: string }[] }).anyOf.map(({ $ref }) => $ref.split('/').at(-1) ?? '')
  for (const kind of kinds) t.ok(definitions[kind]?.description, kind)
})
