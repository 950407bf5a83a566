import t from 'tap'
import { PERMISSION_OF } from '../../src/http/permissions.ts'
import { PERMISSIONS } from '../../src/tokens/permissions.ts'
import { createManagementToken } from '../fixtures/management.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { ABSENT, BODIES, kindsOf } from '../fixtures/world.ts'

interface Operation {
  operationId: string
  security: Record<string, string[]>[]
}

const { client } = await startSluice(t)
const ada = await client.signUp('Ada')
const { paths } = (await client.call('GET', '/openapi.json')).json as {
  paths: Record<string, Record<string, Operation>>
}
const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, ...operation }))
)
const all = await createManagementToken(client, ada, PERMISSIONS)
const single = new Map<string, string>()
const others = new Map<string, string>()
for (const permission of PERMISSIONS) {
  single.set(permission, (await createManagementToken(client, ada, [permission])).token)
  const rest = PERMISSIONS.filter((one) => one !== permission)
  others.set(permission, (await createManagementToken(client, ada, rest)).token)
}

/** Calls with ids that name nothing: whoever may make the call gets a 404 or hears of the body. */
async function statusBy(token: string, { method, path }: { method: string; path: string }): Promise<number> {
  const kinds = kindsOf(path)
  let next = 0
  const url = path.replace(/\{\w+\}/g, () => ABSENT[kinds[next++] ?? 'token']())
  const body = BODIES[`${method} ${path}`]?.(ada)
  const answer = await client.call(method, url, {
    as: token,
    ...(body === undefined ? {} : { body })
  })
  if (answer.status === 403) t.equal(answer.json.code, 'insufficient_scope', `${method} ${path}`)
  return answer.status
}

t.test('the document names the permission of each call, and every permission and name is in use', async (t) => {
  const named = new Map(
    operations.flatMap(({ operationId, security }) => {
      const roles = security.find((one) => 'management' in one)?.['management']
      return roles ? [[operationId, roles[0] ?? 'none'] as const] : []
    })
  )
  t.strictSame([...named].toSorted(), [...PERMISSION_OF].toSorted())
  t.strictSame(
    PERMISSIONS.filter((permission) => ![...named.values()].includes(permission)),
    [],
    'a permission without a call promises what nothing does'
  )
})

t.test('each call is made by exactly its permission, and by no management token where none names it', async (t) => {
  for (const operation of operations) {
    const { operationId, method, path, security } = operation
    const isGuarded = security.some((one) => 'session' in one || 'basic' in one)
    if (!isGuarded || /dynamic|call\/|mcp$/.test(path)) continue
    const permission = PERMISSION_OF.get(operationId)
    const title = `${method} ${path}`
    if (permission === undefined) {
      t.equal(await statusBy(all.token, operation), 403, title)
      continue
    }
    if (permission === 'none') {
      t.not(await statusBy(single.get('usage:read') ?? '', operation), 403, title)
      continue
    }
    t.equal(await statusBy(others.get(permission) ?? '', operation), 403, `${title}: every other permission`)
    t.notOk(
      [401, 403].includes(await statusBy(single.get(permission) ?? '', operation)),
      `${title}: ${permission} alone`
    )
  }
})
