import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFile, stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import type { Command } from 'commander'
import t from 'tap'
import { runCli, createProgram } from '../../src/cli/run.ts'
import type { Io } from '../../src/cli/io.ts'
import { parseKeys } from '../../src/lib/keyring.ts'
import { createEchoListener } from '../fixtures/echo-listener.ts'
import { codeOf } from '../fixtures/members.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { collected, machine } from './fixtures/machine.ts'

t.test('the command line against a real gateway', async (t) => {
  const { client, url, services, databaseUrl } = await startSluice(t)
  const owner = await client.signUp('Ada')
  const { id: listenerId, path: listenerPath } = await createEchoListener(t, client, owner)
  const home = t.testdir()
  const sluice = machine(home, { SLUICE_URL: url, SLUICE_EMAIL: owner.email })
  const withPassword = machine(home, { SLUICE_URL: url, SLUICE_PASSWORD: owner.password })

  await t.test('1: nothing without a session, and no question without a terminal', async (t) => {
    t.match(await sluice(['tokens', 'list']), { code: 1, err: /Not signed in/ })
    t.match(await sluice(['login']), { code: 1, err: /SLUICE_PASSWORD/ })
    t.match(await sluice(['login', '--stdin'], 'wrong pass phrase\n'), {
      code: 1,
      err: /^invalid_token: .*\n {2}request req_/
    })
  })

  await t.test("0: signed in by standard input; the session is its owner's alone to read", async (t) => {
    t.match(await sluice(['login', '--stdin'], `${owner.password}\n`), { code: 0, out: /Signed in/ })
    const file = path.join(home, '.config/sluice/session.json')
    t.equal((await stat(file)).mode & 0o777, 0o600)
    t.match(await readFile(file, 'utf8'), /sls_/)
    t.match(
      await machine(home, { SLUICE_URL: 'http://127.0.0.1:9' })(['tokens', 'list']),
      { code: 1, err: /Not signed in to http:\/\/127.0.0.1:9/ },
      'it goes to no other gateway'
    )
  })

  await t.test('0: a password typed at the terminal is asked for, and not echoed', async (t) => {
    const typed = Object.assign(new PassThrough(), { isTTY: true })
    const [stdout, stderr] = [new PassThrough(), new PassThrough()]
    const [out, err] = [collected(stdout), collected(stderr)]
    typed.write(`${owner.password}\r`)
    t.equal(
      await runCli(['login'], {
        env: { SLUICE_URL: url, SLUICE_EMAIL: owner.email },
        gatewayEnv: () => ({}),
        stdin: typed,
        stdout,
        stderr,
        home
      }),
      0,
      err()
    )
    t.match(err(), /^password: \nThe session is kept in /)
    t.notMatch(out() + err(), owner.password)
  })

  await t.test('0: a token is made, used, listed, rotated, inspected and revoked', async (t) => {
    const made = await withPassword([
      'tokens',
      'create',
      'from the shell',
      '--days',
      '30',
      '--listener',
      listenerId,
      '--limit',
      '100/60',
      '--daily-quota',
      '1000'
    ])
    t.equal(made.code, 0, made.err)
    t.match(made.out, /^slc_[0-9A-Za-z]{60}\n$/, 'standard output is the token alone')
    const token = made.out.trim()
    t.equal((await client.call('GET', listenerPath, { as: token })).status, 200)
    const [listed] = (await sluice(['--json', 'tokens', 'list', '--state', 'live'])).json()
    t.match(listed, {
      name: 'from the shell',
      scope: { listeners: [listenerId] },
      rateLimit: { limit: 100, windowSeconds: 60 },
      dailyQuota: 1000
    })
    t.match((await sluice(['tokens', 'list'])).out, /id +name +format[\s\S]*from the shell/)

    const rotated = await sluice(
      ['tokens', 'rotate', listed.id, '--overlap', '0', '--stdin', '--json'],
      `${owner.password}\n`
    )
    t.match(rotated.json(), { replaces: listed.id, token: /^slc_/ })
    t.equal((await client.call('GET', listenerPath, { as: token })).status, 401)
    t.match((await sluice(['tokens', 'inspect', '--stdin', '--json'], rotated.json().token)).json(), {
      kind: 'opaque',
      valid: true,
      subject: { tokenId: rotated.json().id }
    })
    t.match((await sluice(['tokens', 'usage', listed.id, '--json'])).json(), [{ calls: 2 }])
    t.match((await sluice(['tokens', 'denials', listed.id])).out, /expired/)
    t.equal((await sluice(['tokens', 'revoke', '--stdin'], rotated.json().token)).code, 0)
    const revoked = [
      '^opaque: not valid',
      '[^]*',
      ' {2}pass +known',
      ' {2}fail +revocation \\(revoked\\): it was revoked\\. Create a new token\\.',
      ' {2}not reached +enabled',
      ' {2}not reached +expiry',
      ''
    ]
    const inspected = await sluice(['tokens', 'inspect', '--stdin'], rotated.json().token)
    t.match(inspected, {
      code: 0,
      out: new RegExp(revoked.join('\n'))
    })
    t.notMatch(inspected.out, rotated.json().token)
    t.equal((await sluice(['tokens', 'revoke', rotated.json().id])).code, 0)
  })

  await t.test('0: listeners, runs, admin and keys', async (t) => {
    t.match((await sluice(['listeners', '--json'])).json(), [{ id: listenerId }])
    t.match(
      (await sluice(['runs', 'tail', '--once', '--json'])).out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as object),
      [{ status: 'succeeded', listenerId }]
    )
    t.match((await sluice(['admin', 'accounts', '--json'])).json(), [{ email: owner.email }])
    t.match((await sluice(['admin', 'audit', '--action', 'token.rotated', '--json'])).json(), [
      { action: 'token.rotated' }
    ])
    t.match(await sluice(['keys', 'rotate']), { code: 1, err: /SLUICE_PASSWORD/ })
    t.match((await withPassword(['keys', 'rotate', '--json'])).json(), { keyId: 'test', unreadable: 0 })
    t.equal(parseKeys((await sluice(['keys', 'new'])).out.trim()).length, 1)
  })

  await t.test('0: an admin makes accounts and recoveries; the machine itself needs no session', async (t) => {
    const made = await withPassword(['admin', 'create', 'grace@example.com', '--name', 'Grace', '--json'])
    t.match(made, { code: 0 })
    const { link, account } = made.json()
    const use = (from: string, password: string) =>
      client.call('POST', `/v1/links/${codeOf(from)}`, { body: { password } })
    t.equal((await use(link, 'the first pass phrase')).status, 200)
    const recovered = await withPassword(['admin', 'recover', account.id])
    t.equal((await use(recovered.out.trim(), 'the second pass phrase')).status, 200)

    const here = machine(home, {
      DATABASE_URL: databaseUrl,
      SLUICE_KEYS: `k1:${randomBytes(32).toString('base64')}`,
      PUBLIC_URL: url
    })
    const reset = await here(['admin', 'reset', 'GRACE@example.com', '--revoke-tokens'])
    t.match(reset, { code: 0, err: /works once/ })
    t.equal((await use(reset.out.trim(), 'the third pass phrase')).status, 200)
    const grace = { email: 'grace@example.com', password: 'the third pass phrase' }
    t.equal((await client.call('POST', '/v1/sessions', { body: grace })).status, 201)
    t.match(await here(['admin', 'reset', 'nobody@example.com']), { code: 1, out: '', err: /No account/ })
    t.match(await machine(home, { DATABASE_URL: databaseUrl })(['admin', 'reset', 'grace@example.com']), {
      code: 1,
      err: /SLUICE_KEYS/
    })
  })

  await t.test('0: a second factor is asked for, and may come by environment', async (t) => {
    const enrolled = (
      await client.call('POST', '/v1/account/totp', { as: owner.session, body: { password: owner.password } })
    ).json
    await services.database.pool.query('update account_totp set confirmed_at = now() where account_id = $1', [owner.id])
    t.match(await withPassword(['login', '--email', owner.email]), { code: 1, err: /SLUICE_TOTP/ })
    const env = { SLUICE_URL: url, SLUICE_PASSWORD: owner.password, SLUICE_TOTP: enrolled.recoveryCodes[0] }
    t.equal((await machine(home, env)(['login', '--email', owner.email])).code, 0)
  })

  await t.test('1: refusals show code, sentence and request id; names cannot move the cursor', async (t) => {
    t.match(await sluice(['tokens', 'usage', 'tok_x']), {
      code: 1,
      out: '',
      err: /^not_found: .*\n {2}request req_\w+\n$/
    })
    await services.database.pool.query(`update listener set name = E'\\x1b[2Jgone' where id = $1`, [listenerId])
    t.notOk((await sluice(['listeners'])).out.includes('\u001b'))
  })

  await t.test('1: what a gateway says of a refusal cannot repaint the terminal either', async (t) => {
    const hostile = createServer((_request, response) => {
      response
        .writeHead(401, { 'Content-Type': 'application/problem+json' })
        .end(JSON.stringify({ code: 'invalid_token', detail: '\u001b]0;owned\u0007\u001b[2J\u009b1m' }))
    }).listen(0, '127.0.0.1')
    t.teardown(() => hostile.close())
    await once(hostile, 'listening')
    const answer = await machine(t.testdir(), {
      SLUICE_URL: `http://127.0.0.1:${(hostile.address() as AddressInfo).port}`,
      SLUICE_PASSWORD: 'x',
      SLUICE_EMAIL: owner.email
    })(['login'])
    t.match(answer, { code: 1, err: 'invalid_token: \ufffd]0;owned\ufffd\ufffd[2J\ufffd1m\n' })
  })

  await t.test('0: signing out ends the session there, and forgets it here', async (t) => {
    t.equal((await sluice(['logout'])).code, 0)
    t.match(await sluice(['tokens', 'list']), { code: 1, err: /Not signed in/ })
  })
})

t.test('2: a wrong command line', async (t) => {
  const sluice = machine(t.testdir())
  for (const args of [
    ['nothing'],
    ['tokens', 'create'],
    ['tokens', 'create', 'x', '--days', 'ten'],
    ['tokens', 'revoke'],
    ['tokens', 'list', '--password', 'x'],
    ['scan']
  ]) {
    t.equal((await sluice(args)).code, 2, args.join(' '))
  }
  t.match(await sluice(['--help']), { code: 0, out: /Usage: sluice/ })
})

t.test('no option or argument takes a secret', async (t) => {
  const io: Io = {
    env: {},
    gatewayEnv: () => ({}),
    stdin: Readable.from([]),
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    home: '/'
  }
  const under = (command: Command): Command[] => [command, ...command.commands.flatMap(under)]
  const commands = under(createProgram(io, () => {}))
  t.ok(commands.length > 20)
  for (const command of commands) {
    // A flag takes nothing.
    for (const { long } of command.options.filter(({ required, optional }) => required || optional))
      t.notMatch(long, /password|token|secret|totp|code|key$/, `${command.name()} ${long}`)
    for (const argument of command.registeredArguments)
      t.notMatch(argument.name(), /password|token|secret|totp/, `${command.name()} ${argument.name()}`)
  }
})

t.test('the file itself runs', async (t) => {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, '../../src/cli/sluice.ts'), '--help'], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  const code = await new Promise((resolve) => child.once('close', resolve))
  t.equal(code, 0)
  t.match(Buffer.concat(chunks).toString(), /Usage: sluice/)
})
