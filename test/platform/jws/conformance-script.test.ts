import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { makeToken, PAIRS } from './fixtures.ts'

const SCRIPT = join(import.meta.dirname, '../../../scripts/conformance/jws.ts')
const run = promisify(execFile)

async function runOver(t: Test, groups: object[]): Promise<{ code: number; output: string }> {
  const file = join(t.testdir(), 'vectors.json')
  await writeFile(file, JSON.stringify({ testGroups: groups }))
  return run(process.execPath, [SCRIPT, file]).then(
    ({ stdout }) => ({ code: 0, output: stdout }),
    (error: { code: number; stdout: string }) => ({ code: error.code, output: error.stdout })
  )
}

const publicJwk = PAIRS.p256.publicKey.export({ format: 'jwk' })
const good = { tcId: 1, comment: 'good', result: 'valid', jws: makeToken({ alg: 'ES256', payload: 'foo' }) }
const bad = {
  tcId: 2,
  comment: 'bad',
  result: 'invalid',
  jws: makeToken({ alg: 'ES256', header: { alg: 'ES256', crit: ['x'] } })
}
const group = (...tests: object[]): object => ({ type: 'JsonWebSignature', comment: 'own', public: publicJwk, tests })

t.test('0: valid vectors are accepted, invalid ones refused, encryption is left alone', async (t) => {
  const { code, output } = await runOver(t, [
    group(good, bad),
    { ...group({ tcId: 3, comment: 'jwe', result: 'valid', jwe: 'a.b.c.d.e' }) }
  ])
  t.equal(code, 0, output)
  t.match(output, /valid accepted +1\n +invalid refused +1\n +as listed +0\n +JWE, left alone +1/)
})

t.test('1: a valid vector that is refused fails the run', async (t) => {
  const { code, output } = await runOver(t, [group({ ...bad, result: 'valid' })])
  t.equal(code, 1)
  t.match(output, /FAILED vectors.json 2 own\/bad: is valid, was header_parameter/)
})

t.test('1: an invalid vector that is accepted fails the run', async (t) => {
  t.equal((await runOver(t, [group({ ...good, result: 'invalid' })])).code, 1)
})

t.test('1: a file in which nothing was judged fails the run', async (t) => {
  t.equal((await runOver(t, [])).code, 1)
})

t.test('2: no file is a mistake of the caller', async (t) => {
  await t.rejects(run(process.execPath, [SCRIPT]), { code: 2 })
})
