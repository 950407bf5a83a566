import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import type { CallReport } from '../../../src/platform/log/call-report.ts'
import { newOpaque } from '../../../src/lib/opaque-token.ts'
import { Secret } from '../../../src/lib/secret.ts'
import { createLog } from '../../../src/platform/log/log.ts'

const CALL: CallReport = {
  requestId: 'req_1',
  method: 'GET',
  route: '/v1/account',
  path: '/v1/account',
  status: 200,
  ms: 1.5,
  ip: '192.0.2.1'
}

function capture(level: 'debug' | 'info' | 'error' = 'debug') {
  let text = ''
  const log = createLog({
    level,
    destination: {
      write: (line: string) => {
        text += line
      }
    }
  })
  return {
    log,
    text: () => text,
    lines: () =>
      text
        .trimEnd()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Record<string, unknown>)
  }
}

t.test('a call is one line, and says who, where, what and how long', async (t) => {
  const { log, lines } = capture()
  log.call({ ...CALL, principal: 'acc_1', listenerId: 'lsn_1', runId: 'run_1' })
  t.match(lines(), [
    {
      level: 'info',
      msg: 'call',
      requestId: 'req_1',
      method: 'GET',
      route: '/v1/account',
      path: '/v1/account',
      status: 200,
      ms: 1.5,
      ip: '192.0.2.1',
      principal: 'acc_1',
      listenerId: 'lsn_1',
      runId: 'run_1',
      time: /^\d{4}-\d\d-\d\dT.*Z$/
    }
  ])
})

t.test('the level says whose fault it was', async (t) => {
  const { log, lines } = capture()
  log.call({ ...CALL, status: 500, code: 'internal_error', cause: new Error('a bug') })
  log.call({ ...CALL, status: 503, code: 'unavailable' })
  log.call({ ...CALL, status: 502, code: 'flow_failed' })
  log.call({ ...CALL, status: 401, code: 'invalid_token', why: 'expired' })
  log.call({ ...CALL, status: 429, code: 'rate_limited' })
  log.call({ ...CALL, route: '/readyz', status: 200 })
  log.call({ ...CALL, route: '/readyz', status: 503 })
  t.strictSame(
    lines().map(({ level }) => level),
    ['error', 'error', 'warn', 'info', 'info', 'debug', 'warn']
  )
  t.match(lines()[0], { cause: { type: 'Error', message: 'a bug', stack: /log\.test/ } }, 'a bug comes with its stack')
  t.match(lines()[3], { why: 'expired' })
})

t.test('a level that is off writes nothing', async (t) => {
  const { log, text } = capture('error')
  log.call(CALL)
  log.info({ a: 1 }, 'hello')
  t.equal(text(), '')
})

t.test('no credential gets into a line, wherever it comes from', async (t) => {
  const opaque = newOpaque('slc_')
  const session = newOpaque('sls_')
  const jwt = 'eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiJhY2NfMSJ9.c2lnbmF0dXJlLW9mLTg2LWNoYXJhY3RlcnM'
  const basic = Buffer.from('ada@example.com:hunter2-the-password').toString('base64')
  const hidden = [opaque, session, jwt, basic, 'hunter2-the-password', 'db-pass-word', 'cookie-value-1']
  const encoded = opaque.replace('_', '%5F')

  const hostile: Record<string, (log: ReturnType<typeof createLog>) => void> = {
    'in the path': (log) => log.call({ ...CALL, path: `/v1/dynamic/listener/${opaque}` }),
    'in the path, percent-encoded': (log) => log.call({ ...CALL, path: `/x/${encoded}` }),
    'in a path that cannot be decoded': (log) => log.call({ ...CALL, path: `/x/%zz/${encoded}` }),
    'in the reason': (log) =>
      log.call({ ...CALL, status: 401, code: 'invalid_token', why: `no such token: ${session}` }),
    'in the message': (log) => log.info(`called with ${jwt} and Basic ${basic}`),
    'in an error': (log) =>
      log.error({ err: new Error(`connect postgresql://sluice:db-pass-word@127.0.0.1:5432/sluice`) }, 'no database'),
    'in an error logged alone': (log) => log.error(new Error(`bad ?access_token=hunter2-the-password&x=1`)),
    'in the cause of a cause': (log) =>
      log.call({
        ...CALL,
        status: 500,
        code: 'internal_error',
        cause: new Error('outer', { cause: new Error(`header Bearer ${opaque}`) })
      }),
    'in an AggregateError': (log) => log.warn({ err: new AggregateError([new Error(jwt)], 'all failed') }),
    'in the other fields of an error': (log) =>
      log.error({
        err: Object.assign(new Error('refused'), { options: { auth: 'hunter2-the-password' }, where: opaque })
      }),
    'in nested fields by name': (log) =>
      log.info({
        a: {
          b: {
            headers: {
              authorization: 'hunter2-the-password',
              Cookie: 'sluice=cookie-value-1',
              'Set-Cookie': ['cookie-value-1'],
              'X-API-Key': 'hunter2-the-password'
            }
          }
        },
        body: [
          {
            password: 'hunter2-the-password',
            newPassword: 'hunter2-the-password',
            token: 'hunter2-the-password',
            client_secret: { value: 'hunter2-the-password' }
          }
        ]
      }),
    'in a Secret': (log) => log.info({ value: new Secret('hunter2-the-password'), deep: [new Secret('db-pass-word')] }),
    'in bytes': (log) =>
      log.info({ value: Buffer.from('hunter2-the-password'), deep: [new Uint8Array(Buffer.from('db-pass-word'))] }),
    'in raw headers': (log) => log.info({ raw: ['Authorization', `Bearer ${jwt}`, 'Authorization', `Basic ${basic}`] }),
    'in a query': (log) => log.info(`/v1/x?jwt_token=hunter2-the-password&token=db-pass-word`)
  }
  for (const [where, write] of Object.entries(hostile)) {
    const { log, text, lines } = capture()
    write(log)
    t.equal(lines().length, 1, `${where}: there is one valid line`)
    for (const secret of hidden) t.notOk(text().includes(secret), `${where}: without ${secret.slice(0, 8)}…`)
    t.notOk(text().includes(Buffer.from('hunter2-the-password').toString('hex')), `${where}: nor in hex`)
  }
})

t.test('what only looks a little like a credential stays readable', async (t) => {
  const { log, lines } = capture()
  const fields = {
    tokenId: 'tok_1',
    start: 'slc_12345678',
    tokens: 3,
    principal: 'tok_1',
    hasToken: true,
    secret: null
  }
  log.info(fields, 'see https://example.com/a@b for more')
  t.match(lines()[0], { ...fields, msg: 'see https://example.com/a@b for more' })
})

t.test('no object can flood the log or hang it', async (t) => {
  const { log, text, lines } = capture()
  const cycle: Record<string, unknown> = {}
  for (let index = 0; index < 20; index++) cycle[`self${index}`] = cycle
  log.info({ cycle }, 'a cycle')
  log.info(
    { wide: Array.from({ length: 100_000 }, (_, index) => ({ index })), long: 'x'.repeat(1_000_000) },
    'wide and long'
  )
  t.equal(lines().length, 2)
  t.ok(text().length < 50_000, `${text().length} characters`)
})

t.test('lines that wait are written when the process exits, and by flush()', async (t) => {
  const program = `
    import { createLog } from '${new URL('../../../src/platform/log/log.ts', import.meta.url).href}'
    const log = createLog({ level: 'info' })
    log.info('first')
    if (process.argv[1] === 'flush') { log.flush(); process.kill(process.pid, 'SIGKILL') }
    process.exit(0)`
  for (const how of ['exit', 'flush']) {
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program, how], {
      stdio: ['ignore', 'pipe', 'inherit']
    })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
    })
    await once(child, 'close')
    t.match(output, /"msg":"first"/, how)
  }
})
