/**
 * Sends the invalid vectors of files in Wycheproof's format through every carrier of a listener of a real gateway:
 *
 *     node scripts/conformance/jws-listeners.ts FILE…
 *
 * Each vector's key is registered with a workspace first, the way customers do: a public key by itself, a set under a
 * jwksUri. Keys that are refused are listed. Every vector must be answered with 401 or 400 and start no run. Controls,
 * without which a refusal would prove nothing: for each key that is taken, a customer's token signed with its private
 * half is answered with 200 as a bearer, the one carrier for customers; each other carrier takes an API token.
 * Symmetric keys cannot be brought along (a workspace's secret is made here): there the control is signed with the
 * workspace's own. Exit code 1 otherwise.
 */
import type { JsonWebKey } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename } from 'node:path'
import { importJWK, SignJWT } from 'jose'
import type { Client, Person } from '../../test/fixtures/client.ts'
import { createClient } from '../../test/fixtures/client.ts'
import { signingWorkspace, type SigningWorkspace } from '../../test/fixtures/customer-token.ts'
import { TOKEN_CARRIERS } from '../../test/fixtures/credentials.ts'
import { testDatabase } from '../../test/fixtures/database.ts'
import { runSluice, type RunningSluice } from '../../test/fixtures/run-sluice.ts'

type KeyOrSet = JsonWebKey | { keys: JsonWebKey[] }
interface Group {
  comment: string
  public?: KeyOrSet
  private?: KeyOrSet
  tests: { tcId: number; result: string; jws?: unknown }[]
}

/** The one carrier of customers' tokens. */
const BEARER = 'Authorization: Bearer'

interface Scene {
  sluice: RunningSluice
  client: Client
  owner: Person
  /** A token of the owner. One for all groups: an account may confirm its password a few times a minute. */
  apiToken: string
}

interface Counts {
  refused: number
  unsendable: number
  controls: number
  keysTaken: number
  keysRefused: number
  failed: number
}

interface Control {
  what: string
  token: string
  everywhere: boolean
}

const ALGORITHM_OF_CURVE: Readonly<Record<string, string>> = {
  'P-256': 'ES256',
  'P-384': 'ES384',
  'P-521': 'ES512',
  Ed25519: 'EdDSA'
}

const paths = process.argv.slice(2)
if (paths.length === 0) {
  console.error('usage: node scripts/conformance/jws-listeners.ts FILE…')
  process.exit(2)
}

const teardowns: (() => unknown)[] = []
try {
  const { url: databaseUrl } = await testDatabase({
    teardown: (handler: () => unknown) => {
      teardowns.unshift(handler)
    }
  })
  const sluice = await runSluice({ databaseUrl, egressAllow: ['127.0.0.1'] })
  teardowns.unshift(() => sluice.close())
  const client = createClient(sluice.url)
  const owner = await client.signUp('Owner')
  const apiToken = await client.call('POST', '/v1/tokens', {
    as: owner.session,
    body: { name: 'control', days: 1, password: owner.password }
  })
  if (apiToken.status !== 201) throw new Error(apiToken.text)
  for (const path of paths) {
    const counts = await runFile({ sluice, client, owner, apiToken: apiToken.json.token }, path)
    console.log(basename(path), counts)
    if (counts.failed > 0 || counts.refused === 0 || counts.controls === 0) process.exitCode = 1
  }
} finally {
  for (const teardown of teardowns) await teardown()
}

async function runFile({ sluice, client, owner, apiToken }: Scene, path: string): Promise<Counts> {
  const counts: Counts = { refused: 0, unsendable: 0, controls: 0, keysTaken: 0, keysRefused: 0, failed: 0 }
  const { testGroups } = JSON.parse(readFileSync(path, 'utf8')) as { testGroups: Group[] }
  for (const group of testGroups) {
    const invalid = group.tests.filter(({ result, jws }) => result === 'invalid' && jws !== undefined)
    const key = group.public ?? group.private
    if (invalid.length === 0 || !key) continue
    const workspace = await signingWorkspace(client, owner, group.comment)
    const controls = await registerKeys({ client, owner, apiToken }, workspace, group, key, counts)
    for (const { what, token, everywhere } of controls) {
      for (const [carrier, status] of await sendEverywhere(client, workspace, token)) {
        if (!everywhere && carrier !== BEARER) continue
        if (status === 200) counts.controls++
        else fail(counts, `${group.comment}: the control by ${what} through ${carrier} was answered with ${status}`)
      }
    }

    const before = await runsOf(sluice)
    for (const { tcId, jws } of invalid) {
      for (const [carrier, status] of await sendEverywhere(
        client,
        workspace,
        typeof jws === 'string' ? jws : JSON.stringify(jws)
      )) {
        if (status === 401 || status === 400) counts.refused++
        else if (status === undefined) counts.unsendable++
        else fail(counts, `${group.comment}, vector ${tcId} through ${carrier} was answered with ${status}`)
      }
    }
    if ((await runsOf(sluice)) !== before) fail(counts, `${group.comment}: an invalid vector started a run`)
    await client.call('DELETE', `/v1/workspaces/${workspace.id}`, { as: owner.session })
  }
  return counts
}

/** Registers the keys, and returns a token for each key that was accepted. */
async function registerKeys(
  { client, owner, apiToken }: Omit<Scene, 'sluice'>,
  workspace: SigningWorkspace,
  group: Group,
  key: KeyOrSet,
  counts: Counts
): Promise<Control[]> {
  const controls: Control[] = [
    { what: 'an API token', token: apiToken, everywhere: true },
    { what: 'the workspace secret', token: workspace.sign({ id: 'control' }), everywhere: false }
  ]
  if (isSet(key)) {
    const { server, uri } = await publish(key)
    await client.call('PATCH', `/v1/workspaces/${workspace.id}`, { as: owner.session, body: { jwksUri: uri } })
    teardowns.unshift(() => server.close())
    return controls
  }
  if (key.kty === 'oct') return controls
  const answer = await client.call('POST', `/v1/workspaces/${workspace.id}/public-keys`, {
    as: owner.session,
    body: { name: group.comment, publicKey: key }
  })
  if (answer.status !== 201) {
    counts.keysRefused++
    console.log(`  ${group.comment}: the key is refused: ${answer.json.errors?.[0]?.message ?? answer.text}`)
    return controls
  }
  counts.keysTaken++
  const { kid, algorithms } = answer.json as { kid: string; algorithms: string[] }
  const secret = group.private as JsonWebKey
  const alg = ALGORITHM_OF_CURVE[secret.crv ?? ''] ?? algorithms[0] ?? 'RS256'
  const { kty, n, e, d, p, q, dp, dq, qi, crv, x, y } = secret
  const signer = await importJWK(
    JSON.parse(JSON.stringify({ kty, n, e, d, p, q, dp, dq, qi, crv, x, y })) as Parameters<typeof importJWK>[0],
    alg
  )
  const token = await new SignJWT({ id: 'control' })
    .setProtectedHeader({ alg, kid })
    .setIssuer(workspace.key)
    .setExpirationTime('5m')
    .sign(signer)
  return [...controls, { what: `${kid} (${alg})`, token, everywhere: false }]
}

function isSet(key: KeyOrSet): key is { keys: JsonWebKey[] } {
  return Array.isArray(key.keys)
}

async function publish(set: { keys: JsonWebKey[] }) {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(set))
  })
  server.listen(0, '127.0.0.1').unref()
  await once(server, 'listening')
  return { server, uri: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }
}

/** The status by carrier; undefined if the carrier cannot hold the text, such as a line break in a header. */
async function sendEverywhere(
  client: Client,
  workspace: SigningWorkspace,
  token: string
): Promise<[string, number | undefined][]> {
  const answers: [string, number | undefined][] = []
  for (const [carrier, put] of Object.entries(TOKEN_CARRIERS)) {
    const { headers } = put(token)
    const { query } = put(encodeURIComponent(token))
    try {
      const answer = await client.call('GET', `${workspace.path}${query ? `?${query}` : ''}`, {
        headers: headers ? [headers] : []
      })
      answers.push([carrier, answer.status])
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_INVALID_CHAR') throw error
      answers.push([carrier, undefined])
    }
  }
  return answers
}

async function runsOf(sluice: RunningSluice): Promise<number> {
  await sluice.services.recorder.flush()
  return sluice.services.database.prisma.run.count()
}

function fail(counts: Counts, message: string): void {
  counts.failed++
  console.log(`FAILED ${message}`)
}
