import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { codeOf } from '../fixtures/members.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { machine } from './fixtures/machine.ts'

const run = promisify(execFile)

const GREETING = `# what a stranger hears
document: { dsl: 1.0.3, namespace: test, name: greet, version: 1.0.0 }
do:
  - greet: { set: { greeting: '\${ "Hello, " + (.query.name // "stranger") }' } }
`

t.test('the resources of a workspace, by name', async (t) => {
  const { client, url, services } = await startSluice(t)
  const owner = await client.signUp('Ada')
  const folder = t.testdir({ 'greet.yaml': GREETING, 'broken.yaml': 'document: {}\n' })
  const file = path.join(folder, 'greet.yaml')
  const sluice = machine(folder, { SLUICE_URL: url, SLUICE_SESSION: owner.session, SLUICE_PASSWORD: owner.password })

  await t.test('0: a workspace is made, and found by its name', async (t) => {
    t.match(await sluice(['workspaces', 'create', 'Warehouse']), { code: 0, out: /^[\da-f]{128}\n$/ })
    t.match((await sluice(['workspaces', 'list', '--json'])).json(), [{ name: 'Warehouse' }, {}])
    t.match(await sluice(['flows', 'list', '--workspace', 'Nowhere']), { code: 1, err: /no workspace named "Nowhere"/ })
  })

  await t.test('0: a flow is created, changed, published, simulated and removed by its name', async (t) => {
    t.match((await sluice(['flows', 'create', file, '--workspace', 'Warehouse', '--json'])).json(), { name: 'greet' })
    t.equal((await sluice(['flows', 'show', 'greet'])).out, GREETING, 'comments are kept')
    await writeFile(file, GREETING.replace('Hello', 'Welcome'))
    t.match(await sluice(['flows', 'update', 'greet', file, '--note', 'warmer']), { code: 0, out: /version 2\.\n$/ })
    t.match((await sluice(['flows', 'versions', 'greet', '--json'])).json(), [
      { version: 2, published: false, note: 'warmer' },
      { version: 1, published: true }
    ])
    t.match((await sluice(['flows', 'show', 'greet', '--version', '1'])).out, /Hello/)
    t.equal((await sluice(['flows', 'publish', 'greet', '--version', '2'])).code, 0)
    t.match((await sluice(['flows', 'simulate', 'greet', '--json'], '{"query":{"name":"Grace"}}')).json(), {
      status: 'succeeded',
      output: { greeting: 'Welcome, Grace' }
    })
    t.match(await sluice(['flows', 'diagram', 'greet']), { code: 0, out: /^flowchart/ })
    t.match(await sluice(['flows', 'validate', file]), { code: 0, out: 'It is valid.\n' })
    t.match(await sluice(['flows', 'validate', path.join(folder, 'broken.yaml')]), {
      code: 1,
      err: /^validation_failed: [^]*\n {2}\/document "dsl" is missing/
    })
    t.match(await sluice(['flows', 'validate', path.join(folder, 'absent.yaml')]), { code: 1, err: /cannot be read/ })
  })

  await t.test('1: a name that several flows have names none of them', async (t) => {
    t.equal((await sluice(['workspaces', 'create', 'Shop'])).code, 0)
    t.equal((await sluice(['flows', 'create', file, '--workspace', 'Shop'])).code, 0)
    t.match(await sluice(['flows', 'show', 'greet']), { code: 1, err: /Several have the name "greet".*flw_.*flw_/ })
  })

  await t.test('0: a secret is read from standard input, and only its name is shown', async (t) => {
    const value = '-----BEGIN KEY-----\nline\n-----END KEY-----'
    const set = await sluice(['secrets', 'set', 'signing', '--workspace', 'Warehouse', '--stdin'], `${value}\n`)
    t.match(set, { code: 0, out: 'signing is set.\n' })
    t.match(await sluice(['secrets', 'set', 'other', '--workspace', 'Warehouse', '--stdin'], '\n'), {
      code: 1,
      err: /empty/
    })
    const listed = await sluice(['secrets', 'list', '--workspace', 'Warehouse', '--json'])
    t.match(listed.json(), [{ name: 'signing' }])
    t.notMatch(listed.out + set.out + set.err, 'BEGIN KEY')
    t.equal((await sluice(['secrets', 'delete', 'signing', '--workspace', 'Warehouse'])).code, 0)
    t.strictSame((await sluice(['secrets', 'list', '--workspace', 'Warehouse', '--json'])).json(), [])
  })

  await t.test('0: somebody is invited, becomes a member, gets another role and leaves', async (t) => {
    const inWarehouse = ['--workspace', 'Warehouse']
    const invited = await sluice(['members', 'invite', 'grace@example.com', '--role', 'viewer', ...inWarehouse])
    t.match(invited, { code: 0, err: /works once/ })
    t.match((await sluice(['members', 'invitations', ...inWarehouse, '--json'])).json(), [
      { email: 'grace@example.com', role: 'viewer' }
    ])
    const accepted = await client.call('POST', `/v1/links/${codeOf(invited.out.trim())}`, {
      body: { password: 'a pass phrase of Grace', name: 'Grace' }
    })
    t.equal(accepted.status, 200, accepted.text)
    t.match(await sluice(['members', 'role', 'grace@example.com', '--role', 'editor', ...inWarehouse]), {
      code: 0,
      out: 'grace@example.com is editor.\n'
    })
    t.equal((await sluice(['members', 'remove', 'GRACE@example.com', ...inWarehouse])).code, 0)
    t.match((await sluice(['members', 'list', ...inWarehouse, '--json'])).json(), [{ email: owner.email }])
    t.match(await sluice(['members', 'remove', 'grace@example.com', ...inWarehouse]), { code: 1, err: /no member/ })
  })

  await t.test('0: runs are shown with their steps, and replayed', async (t) => {
    const workspaces = (await sluice(['workspaces', 'list', '--json'])).json() as { id: string; name: string }[]
    const workspaceId = workspaces.find(({ name }) => name === 'Warehouse')?.id ?? ''
    const [flow] = (await sluice(['flows', 'list', '--workspace', 'Warehouse', '--json'])).json()
    const listener = await client.call('POST', `/v1/workspaces/${workspaceId}/listeners`, {
      as: owner.session,
      body: { name: 'greeter', flowId: flow.id }
    })
    const made = await sluice(['tokens', 'create', 'greeting', '--days', '1', '--listener', 'greeter'])
    t.equal(made.code, 0, made.err)
    const called = await client.call('GET', `${new URL(listener.json.url).pathname}?name=Grace`, {
      as: made.out.trim()
    })
    t.equal(called.status, 200, called.text)
    await services.recorder.flush()
    const runId = String(called.headers['sluice-run-id'])
    t.match(await sluice(['runs', 'show', runId]), {
      code: 0,
      out: /succeeded in \d+ ms\ninput: [^]*succeeded +\/do\/0\/greet[^]*output: \{"greeting":"Welcome, Grace"\}/
    })
    t.match((await sluice(['runs', 'tail', '--once', '--listener', 'greeter', '--flow', flow.id, '--json'])).out, runId)
    t.match((await sluice(['runs', 'replay', runId, 'run_absent', '--json'])).json(), [
      { id: runId, runId: /^run_/ },
      { id: 'run_absent', refused: 'not_found' }
    ])
    t.equal((await sluice(['tokens', 'revoke', 'greeting'])).code, 0, 'a token is named too')
  })

  await t.test('0: a management token has the permissions that are named, and a policy bounds it', async (t) => {
    const create = ['tokens', 'create', 'deploy', '--days', '30', '--permission', 'flows:read', '--permission']
    t.match(await sluice([...create, 'flows:all']), { code: 2, err: /one of tokens:read/ })
    t.match((await sluice([...create, 'flows:write', '--json'])).json(), {
      token: /^slm_/,
      permissions: ['flows:read', 'flows:write']
    })
    t.match(await sluice(['workspaces', 'policy', 'show', 'Shop']), { code: 0, out: 'No limits.\n' })
    const set = ['workspaces', 'policy', 'set', 'Shop', '--max-days', '7', '--no-unlimited', '--json']
    t.strictSame((await sluice(set)).json(), { maxDays: 7, allowUnlimited: false })
    t.match(await sluice(['tokens', 'create', 'long', '--days', '30', '--workspace', 'Shop']), {
      code: 1,
      err: /^validation_failed/
    })
    t.match(await sluice(['admin', 'policy', 'set', '--unused-days', '90']), { code: 0, out: 'unusedDays: 90\n' })
    t.match(await sluice(['admin', 'policy', 'show', '--json']), { code: 0, out: /90/ })
    t.match(await sluice(['admin', 'policy', 'set']), { code: 0, out: 'No limits.\n' })
    t.match(await sluice(['admin', 'suspend', 'nobody@example.com']), { code: 1, err: /no account named/ })
  })
})

t.test('0: bash completes commands and options where they fit', async (t) => {
  const { out, code } = await machine(t.testdir())(['completions', 'bash'])
  t.equal(code, 0)
  const complete = async (...words: string[]): Promise<string[]> => {
    const script = `${out}\nCOMP_WORDS=("$@")\nCOMP_CWORD=$(($# - 1))\n_sluice\nprintf '%s\\n' "\${COMPREPLY[@]}"`
    return (await run('bash', ['-c', script, 'bash', ...words])).stdout.trim().split('\n')
  }
  t.match(await complete('sluice', 'work'), ['workspaces'])
  t.match(await complete('sluice', 'tokens', 're'), ['revoke'])
  t.match(await complete('sluice', 'tokens', 'create', 'my token', '--da'), ['--days', '--daily-quota'])
  t.match(await complete('sluice', '--json', 'flows', 'p'), ['publish'])
  t.ok((await complete('sluice', '')).includes('completions'))
})

for (const [shell, check] of [
  ['zsh', ['zsh', '-n']],
  ['fish', ['fish', '--no-execute']]
] as const) {
  const absent = await run(check[0], ['--version']).then(
    () => false,
    () => true
  )
  t.test(`0: ${shell} reads its completions`, { skip: absent && `${shell} is not installed` }, async (t) => {
    const { out } = await machine(t.testdir())(['completions', shell])
    const script = path.join(t.testdir({ script: out }), 'script')
    t.match(await run(check[0], [check[1], script]), { stderr: '' })
    t.match(out, /sluice/)
  })
}
