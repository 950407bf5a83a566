import { symlinkSync } from 'node:fs'
import path from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import t from 'tap'
import { runCli } from '../../src/cli/run.ts'
import { scanFiles, type Finding } from '../../src/cli/scan-files.ts'
import { newId } from '../../src/lib/ids.ts'
import { newOpaque } from '../../src/lib/opaque-token.ts'

async function scan(paths: string[], jwks?: Parameters<typeof scanFiles>[1]): Promise<Finding[]> {
  const found: Finding[] = []
  for await (const finding of scanFiles(paths, jwks)) found.push(finding)
  return found
}

const broken = (token: string): string => token.slice(0, -1) + (token.endsWith('0') ? '1' : '0')

t.test(
  'tokens and sessions are found by their checksum, with file, line and column, and shown by their start alone',
  async (t) => {
    const [token, session, hidden] = [newOpaque('slc_'), newOpaque('sls_'), newOpaque('slc_')]
    const folder = t.testdir({
      'deploy.env': `# settings\nTOKEN="${token}"\nOTHER=${broken(token)}\n`,
      sub: {
        'notes.bin': Buffer.concat([Buffer.from([0, 1, 255, 10]), Buffer.from(session)]),
        'x.txt': `${token}x ${token.slice(0, 63)} -${token}`
      },
      node_modules: { 'x.js': hidden },
      '.git': { config: hidden }
    })
    symlinkSync(path.join(folder, 'deploy.env'), path.join(folder, 'link.env'))
    t.same(await scan([folder]), [
      {
        file: path.join(folder, 'deploy.env'),
        kind: 'token',
        start: token.slice(0, 12),
        verified: 'checksum',
        line: 2,
        column: 8
      },
      {
        file: path.join(folder, 'sub/notes.bin'),
        kind: 'session',
        start: session.slice(0, 12),
        verified: 'checksum',
        line: 2,
        column: 1
      }
    ])
  }
)

t.test('a token across the border of two blocks is found once, at its place', async (t) => {
  const token = newOpaque('slc_')
  for (const at of [65_536 - 64, 65_536 - 63, 65_536 - 1, 65_536, 65_536 - 4_096, 200_000]) {
    const folder = t.testdir({ big: `${'line\n'.repeat(10)}${' '.repeat(at - 50)}${token}\n${' '.repeat(70_000)}end` })
    t.same(
      (await scan([folder])).map(({ line, column }) => [line, column]),
      [[11, at - 49]],
      `at ${at}`
    )
  }
})

t.test('our JWTs are found by what they say, and verified by a given key set', async (t) => {
  const { publicKey, privateKey } = await generateKeyPair('Ed25519', { extractable: true })
  const sign = (typ: string) =>
    new SignJWT({ jti: newId('tok'), sub: newId('acc') })
      .setProtectedHeader({ alg: 'EdDSA', typ, kid: 'k' })
      .sign(privateKey)
  const [ours, others] = [await sign('at+jwt'), await sign('JWT')]
  const folder = t.testdir({ a: `${ours}\n${others}\n` })
  t.match(await scan([folder]), [{ kind: 'jwt', line: 1, verified: 'unverified' }])
  t.equal((await scan([folder])).length, 1)
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k', alg: 'EdDSA' }
  t.match(await scan([folder], { keys: [jwk] }), [{ verified: 'signature' }])
})

t.test(
  'the command ends with 1 where something was found, 0 where nothing was, and never prints a token',
  async (t) => {
    const token = newOpaque('slc_')
    const folder = t.testdir({ with: token, without: { x: 'nothing' } })
    const run = async (args: string[]) => {
      const stdout = new PassThrough()
      const stderr = new PassThrough()
      const chunks: string[] = []
      for (const stream of [stdout, stderr]) stream.on('data', (chunk) => chunks.push(String(chunk)))
      return {
        code: await runCli(args, {
          env: {},
          gatewayEnv: () => ({}),
          stdin: Readable.from([]),
          stdout,
          stderr,
          home: folder
        }),
        text: chunks.join('')
      }
    }
    const found = await run(['scan', folder])
    t.equal(found.code, 1)
    t.match(found.text, token.slice(0, 12))
    t.notMatch(found.text, token)
    t.equal((await run(['scan', path.join(folder, 'without')])).code, 0)
    t.match(await run(['scan', path.join(folder, 'absent')]), { code: 1, text: /ENOENT/ })
  }
)
