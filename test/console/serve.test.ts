import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { startSluice } from '../fixtures/sluice.ts'

interface Chunk {
  file: string
  imports?: string[]
  css?: string[]
  isEntry?: boolean
}

const DIST = new URL('../../dist/console/', import.meta.url)
const KB = 1_000

t.test('200: every path of the console is the one page, under a policy without exceptions', async (t) => {
  const { client } = await startSluice(t)
  const first = await client.call('GET', '/console')
  for (const path of ['/console', '/console/tokens', '/console/nothing/here']) {
    const { status, headers, text } = await client.call('GET', path)
    t.equal(status, 200, path)
    t.match(headers['content-type'], /^text\/html/)
    t.equal(text, first.text)
    t.equal(headers['cache-control'], 'no-cache')
    t.equal(headers['referrer-policy'], 'no-referrer')
    const policy = String(headers['content-security-policy'])
    for (const rule of ["script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "trusted-types 'none'"])
      t.ok(policy.includes(rule), rule)
    t.notMatch(policy, /unsafe-|nonce-|https?:/)
  }
  t.notMatch(first.text, /<script(?![^>]*\ssrc=)|<style|\sstyle=/)
  t.equal(
    (await client.call('GET', '/console', { headers: { 'If-None-Match': String(first.headers['etag']) } })).status,
    304
  )
})

t.test('200: assets are immutable and precompressed; a missing one is a 404 problem', async (t) => {
  const { client } = await startSluice(t)
  const page = (await client.call('GET', '/console')).text
  const assets = [...page.matchAll(/(?:src|href)="(\/console\/assets\/[^"]+)"/g)].map(([, path]) => path ?? '')
  t.ok(assets.length >= 4)
  for (const asset of assets) {
    const { status, headers } = await client.call('GET', asset, { headers: { 'Accept-Encoding': 'br' } })
    t.equal(status, 200, asset)
    t.match(headers['cache-control'], /immutable/)
    t.equal(headers['content-encoding'], 'br')
  }
  const missing = await client.call('GET', '/console/assets/none.js')
  t.equal(missing.status, 404)
  t.match(missing.headers['content-type'], /^application\/problem\+json/)
  t.equal((await client.call('GET', '/console/assets/..%2findex.html')).status, 404)
})

t.test('302 and 200: browsers at / are sent to the console, programs are told where things are', async (t) => {
  const { client, url } = await startSluice(t, { signup: 'closed' })
  const browser = await client.call('GET', '/', { headers: { Accept: 'text/html,*/*;q=0.8' } })
  t.equal(browser.status, 302)
  t.equal(browser.headers['location'], '/console')
  const program = await client.call('GET', '/', { headers: { Accept: '*/*' } })
  t.strictSame(program.json, {
    name: 'sluice',
    version: '0.0.0-test',
    console: `${url}/console`,
    docs: `${url}/docs`,
    openapi: `${url}/openapi.json`,
    health: `${url}/readyz`
  })
  t.equal(program.headers['vary'], 'Accept')
  const about = await client.call('GET', '/v1/about')
  t.strictSame(about.json, { name: 'sluice', version: '0.0.0-test', publicUrl: url, signup: 'closed', passwordMin: 8 })
})

t.test('401: the script of a page is told Bearer alone, everybody else both ways', async (t) => {
  const { client } = await startSluice(t)
  const challenges = async (headers: Record<string, string>) =>
    [(await client.call('GET', '/v1/account', { headers })).headers['www-authenticate']].flat().join(' ')
  t.match(await challenges({}), /Bearer .*Basic/)
  t.match(await challenges({ 'Sec-Fetch-Dest': 'document' }), /Basic/)
  const scripts: Record<string, string>[] = [{ 'Sec-Fetch-Dest': 'empty' }, { 'X-Requested-With': 'sluice-console' }]
  for (const headers of scripts) {
    const named = await challenges(headers)
    t.match(named, /^Bearer/)
    t.notMatch(named, /Basic/)
  }
})

t.test('503: a worker has no console', async (t) => {
  const { client } = await startSluice(t, { role: 'worker' })
  t.equal((await client.call('GET', '/console')).status, 503)
})

t.test('the first visit of a page loads no more than its budget', async (t) => {
  const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', DIST), 'utf8')) as Record<string, Chunk>
  const entry = Object.keys(manifest).find((name) => manifest[name]?.isEntry) ?? ''
  const sizeOf = (...names: string[]): number => {
    const files = new Set<string>()
    const visit = (name: string): void => {
      const chunk = manifest[name]
      if (!chunk || files.has(chunk.file)) return
      for (const file of [chunk.file, ...(chunk.css ?? [])]) files.add(file)
      chunk.imports?.forEach(visit)
    }
    names.forEach(visit)
    return [...files].reduce((sum, file) => sum + gzipSync(readFileSync(new URL(file, DIST)), { level: 9 }).length, 0)
  }
  const size = {
    signIn: sizeOf(entry, 'pages/sign-in/SignIn.tsx'),
    tokens: sizeOf(entry, 'frame/SignedIn.tsx', 'pages/tokens/TokenList.tsx'),
    token: sizeOf(entry, 'frame/SignedIn.tsx', 'pages/tokens/TokenPage.tsx'),
    runs: sizeOf(entry, 'frame/SignedIn.tsx', 'pages/runs/RunList.tsx'),
    flow: sizeOf(entry, 'frame/SignedIn.tsx', 'pages/flows/FlowPage.tsx', 'flow/YamlEditor.tsx'),
    compare: sizeOf(entry, 'frame/SignedIn.tsx', 'pages/flows/Compare.tsx', 'flow/MergeText.tsx')
  }
  t.comment(JSON.stringify(size))
  t.ok(size.signIn > 50 * KB && size.signIn <= 130 * KB, `sign-in: ${size.signIn}`)
  t.ok(size.tokens > size.signIn && size.tokens <= 220 * KB, `tokens: ${size.tokens}`)
  t.ok(size.token <= 220 * KB, `one token: ${size.token}`)
  t.ok(size.runs <= 220 * KB, `runs: ${size.runs}`)
  t.ok(size.flow > size.runs && size.flow <= 380 * KB, `a flow: ${size.flow}`)
  t.ok(size.compare <= 380 * KB, `two versions: ${size.compare}`)
})
