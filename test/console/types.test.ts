import { readFileSync } from 'node:fs'
import { parseSync, type TsInterfaceDeclaration } from '@swc/core'
import t from 'tap'
import { startSluice } from '../fixtures/sluice.ts'

interface Schema {
  properties?: Record<string, unknown>
  required?: string[]
}

const TYPES = new URL('../../src/console/api/types.ts', import.meta.url)
/** No schema of its own: a page of a list, and what stands inside of other schemas. */
const WITHOUT_SCHEMA = [
  'Page',
  'Scope',
  'RateLimit',
  'ListenerAuth',
  'ListenerSignature',
  'FlowSource',
  'Author',
  'Caller',
  'FlowError',
  'DeliveryState'
]

t.test('each type that pages read is a part of the schema of its name', async (t) => {
  const { app } = await startSluice(t)
  const { schemas } = (app.swagger() as unknown as { components: { schemas: Record<string, Schema> } }).components
  const interfaces = readInterfaces()
  t.ok(interfaces.length > WITHOUT_SCHEMA.length)
  for (const { name, members } of interfaces) {
    if (WITHOUT_SCHEMA.includes(name)) continue
    const schema = schemas[name]
    if (!schema) {
      t.fail(`${name} has no schema of its name`)
      continue
    }
    for (const { key, optional } of members) {
      t.ok(schema.properties && key in schema.properties, `${name}.${key} is answered`)
      t.ok(optional || schema.required?.includes(key), `${name}.${key} is always there`)
    }
  }
})

function readInterfaces(): { name: string; members: { key: string; optional: boolean }[] }[] {
  const { body } = parseSync(readFileSync(TYPES, 'utf8'), { syntax: 'typescript' })
  return body
    .flatMap((item) => (item.type === 'ExportDeclaration' ? [item.declaration] : []))
    .filter((item): item is TsInterfaceDeclaration => item.type === 'TsInterfaceDeclaration')
    .map(({ id, body: { body: members } }) => ({
      name: id.value,
      members: members.flatMap((member) =>
        member.type === 'TsPropertySignature' && member.key.type === 'Identifier'
          ? [{ key: member.key.value, optional: member.optional }]
          : []
      )
    }))
}
