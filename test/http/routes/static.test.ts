import t from 'tap'
import { startSluice } from '../../fixtures/sluice.ts'

const { client } = await startSluice(t)

t.test('200: the page is served with nothing from elsewhere and nothing inline', async (t) => {
  for (const path of ['/docs', '/docs/']) {
    const page = await client.call('GET', path)
    t.equal(page.status, 200)
    const directives = new Map(
      String(page.headers['content-security-policy'])
        .split(';')
        .filter((part) => part.trim())
        .map((part) => {
          const [name, ...values] = part.trim().split(/\s+/)
          return [name, values]
        })
    )
    t.strictSame(directives.get('default-src'), ["'none'"])
    t.strictSame(directives.get('script-src'), ["'self'"])
    t.strictSame(directives.get('style-src'), ["'self'"])
    t.strictSame(directives.get('frame-ancestors'), ["'none'"])
    t.notMatch(page.text, /<script(?![^>]*\ssrc=)/, 'no inline script')
    t.notMatch(page.text, /(?:src|href)="(?:https?:)?\/\//, 'no address of another host')
    t.notMatch(page.text, /<style|\sstyle=|\son\w+=/, 'no inline style or handler')
  }
})

t.test('200: every file the page names is there', async (t) => {
  const page = await client.call('GET', '/docs')
  const files = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '')
  t.ok(files.length >= 5)
  for (const file of files) t.equal((await client.call('GET', file)).status, 200, file)
  t.strictSame(
    (await client.call('GET', '/docs/json')).json,
    (await client.call('GET', '/openapi.json')).json,
    'the page shows what /openapi.json says'
  )
})

t.test('4xx: nothing else of the disk is under /docs', async (t) => {
  for (const path of [
    '/docs/static/../package.json',
    '/docs/static/..%2fpackage.json',
    '/docs/static/%2e%2e/%2e%2e/package.json',
    '/docs/static/nothing.js'
  ]) {
    const answer = await client.call('GET', path)
    t.match(answer.headers['content-type'], /^application\/problem\+json/, path)
    t.ok(answer.status >= 400, path)
  }
})

t.test('the strict policy of everything else is as it was', async (t) => {
  t.equal(
    (await client.call('GET', '/healthz')).headers['content-security-policy'],
    "default-src 'none';frame-ancestors 'none'"
  )
})
