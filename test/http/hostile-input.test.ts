import t from 'tap'
import { createEchoListener, createToken } from '../fixtures/echo-listener.ts'
import { startSluice } from '../fixtures/sluice.ts'

interface Operation {
  parameters?: { name: string; in: string }[]
}

const { client } = await startSluice(t)
const admin = await client.signUp('Ada')
const flow = await client.call('POST', `/v1/workspaces/${admin.workspaceId}/flows`, {
  as: admin.session,
  body: { document: { dsl: '1.0.3', namespace: 'test', name: 'any', version: '1.0.0' }, do: [{ a: { set: { a: 1 } } }] }
})
const { paths } = (await client.call<{ paths: Record<string, Record<string, Operation>> }>('GET', '/openapi.json')).json
/** What would end the session that this test goes by. */
const ENDING = new Set(['delete /v1/sessions/current'])
const operations = Object.entries(paths)
  .flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation }))
  )
  .filter(({ method, path }) => !ENDING.has(`${method.toLowerCase()} ${path}`))

/** Parents that exist, so that a hostile id reaches its own statement. */
function fill(path: string, id: string | undefined, method = 'GET'): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    if (
      id === undefined ||
      (path.startsWith('/v1/workspaces/{') && name === 'workspaceId' && path.split('{').length > 2)
    ) {
      if (method === 'DELETE') return 'absent'
      return path.startsWith('/v1/workspaces/')
        ? admin.workspaceId
        : path.startsWith('/v1/flows/')
          ? flow.json.id
          : 'absent'
    }
    return id
  })
}

t.test('no hostile input makes an error of ours: ids in the path', async (t) => {
  t.ok(operations.length > 40)
  for (const { method, path } of operations.filter(({ path }) => path.includes('{'))) {
    for (const id of ['%00', 'a%00b', '%ED%A0%80', '__proto__', 'a'.repeat(200), '%F0%9F%98%80', '..%2F..']) {
      const { status } = await client.call(method, fill(path, id, method), {
        as: admin.session,
        ...(method === 'GET' || method === 'HEAD' ? {} : { body: {} })
      })
      t.ok(status >= 400 && status < 500, `${method} ${path} with ${id.slice(0, 12)}: ${status}`)
    }
  }
})

t.test('query parameters', async (t) => {
  const values = [
    '%00',
    'a%00b',
    '%ED%A0%80',
    '-1',
    '1e9',
    '9223372036854775808',
    '9999-12-31T23:59:60Z',
    '0000-01-01T00:00:00Z',
    'bm9uc2Vuc2U',
    'W251bGwsIlx1MDAwMCJd',
    'a'.repeat(4000)
  ]
  for (const { method, path, operation } of operations.filter(({ method }) => method === 'GET')) {
    for (const { name } of (operation.parameters ?? []).filter((parameter) => parameter.in === 'query')) {
      for (const query of [...values.map((value) => `${name}=${value}`), `${name}=1&${name}=2`, `${name}[a]=1`]) {
        const { status } = await client.call(method, `${fill(path, undefined)}?${query}`, { as: admin.session })
        t.ok(status < 500, `${method} ${path}?${query.slice(0, 40)}: ${status}`)
      }
    }
  }
})

t.test('bodies', async (t) => {
  const bodies = [
    '',
    'null',
    '[]',
    '"x"',
    '1',
    '{',
    '['.repeat(5000),
    '{"__proto__":{"x":1}}',
    '{"constructor":{"prototype":{}}}',
    '\ufeff{}',
    '{"a":1e999}',
    '\u0000',
    Buffer.from([0xff, 0xfe])
  ]
  for (const { method, path } of operations.filter(({ method }) => ['POST', 'PUT', 'PATCH'].includes(method))) {
    for (const type of [
      'application/json',
      'application/yaml',
      'application/x-www-form-urlencoded',
      'multipart/form-data',
      ';;;'
    ]) {
      for (const raw of bodies) {
        const { status } = await client.call(method, fill(path, 'absent'), {
          as: admin.session,
          raw,
          headers: { 'Content-Type': type }
        })
        t.ok(status < 500, `${method} ${path} ${type} ${JSON.stringify(raw.toString().slice(0, 12))}: ${status}`)
      }
    }
  }
})

t.test('a form that ends early, or has many parts, is refused by its listener, which goes on', async (t) => {
  const { path } = await createEchoListener(t, client, admin)
  const { token } = await createToken(t, client, admin)
  const call = async (raw: string): Promise<number> =>
    (
      await client.call('POST', path, {
        as: token,
        raw: Buffer.from(raw),
        headers: { 'Content-Type': 'multipart/form-data; boundary=B' }
      })
    ).status
  const part = '--B\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n'
  for (const form of [part, '--B', part.repeat(1_500), '--B\r\n'.repeat(3_000), `${part.repeat(1_001)}--B--`])
    t.equal(await call(form), 400, form.slice(0, 20))
  t.equal(await call(`${part}--B--`), 200)
})
