import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:http2'
import { tmpdir } from 'node:os'
import path from 'node:path'
import t from 'tap'
import { REVISION } from '../../../src/runs/restate/settings.ts'
import { testDatabase } from '../../fixtures/database.ts'
import { startRestateServer } from '../../fixtures/restate-server.ts'
import { until } from '../../fixtures/until.ts'
import { insertFlow, runOf, startEngine, untilEnded } from '../durable/fixtures.ts'

const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
const RAW_KEY_BYTES = 32

/** A key as Restate logs its public half. */
function restateKeyOf(der: Buffer): string {
  let number = BigInt(`0x${der.subarray(-RAW_KEY_BYTES).toString('hex')}`)
  let text = ''
  for (; number > 0n; number /= 58n) text = BASE58[Number(number % 58n)] + text
  return `publickeyv1_${text}`
}

async function statusOf(url: string, path: string): Promise<number> {
  const session = connect(url)
  try {
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/vnd.restate.invocation.v6'
    })
    stream.end()
    return await new Promise<number>((resolve, reject) => {
      stream.on('response', (headers) => resolve(Number(headers[':status'])))
      stream.on('error', reject)
    })
  } finally {
    session.destroy()
  }
}

t.test('401: the service port accepts only what Restate has signed', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'sluice-restate-key-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const file = path.join(folder, 'key.pem')
  await writeFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }))
  const server = await startRestateServer(t, { env: { RESTATE_REQUEST_IDENTITY_PRIVATE_KEY_PEM_FILE: file } })
  const identityKeys = [restateKeyOf(publicKey.export({ type: 'spki', format: 'der' }))]
  const { url } = await testDatabase(t)
  const { engine, database, clock } = await startEngine(t, url, { restate: { ...server.place, identityKeys } })
  await until(() => engine.isReady(), 60_000, 'Restate knows the engine')
  const flow = await insertFlow(database, [{ answer: { set: { ok: true } } }])
  const run = runOf(flow, clock)
  await engine.enqueue(run)
  t.same((await untilEnded(database, run.id)).output, { ok: true })

  const { serviceUrl } = server.place
  t.equal(await statusOf(serviceUrl, `/r${REVISION}/invoke/SluiceRuns/run`), 401)
  t.equal(await statusOf(serviceUrl, `/r${REVISION + 1}/invoke/SluiceRuns/run`), 503, 'another revision')
})
