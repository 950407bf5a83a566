import t from 'tap'
import { newOpaque } from '../../src/lib/opaque-token.ts'
import { maskUrl } from '../../src/gateway/mask-url.ts'

const TOKEN = newOpaque('slc_')
const JWT = 'eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiJhY2NfMSJ9.c2lnbmF0dXJl'

t.test('what carries a credential by its name is masked, however it is spelt', async (t) => {
  for (const [url, masked] of [
    ['/reports?access_token=abc&page=2', '/reports?access_token=[masked]&page=2'],
    ['https://x.example/a?page=2&token=a%2Fb#top', 'https://x.example/a?page=2&token=[masked]#top'],
    ['?jwt_token=', '?jwt_token=[masked]'],
    ['?access%5Ftoken=abc', '?access%5Ftoken=[masked]'],
    ['https://user:pass@x.example/a', 'https://[masked]@x.example/a']
  ] as const)
    t.equal(maskUrl(url), masked)
})

t.test('what looks like a credential is masked wherever it stands', async (t) => {
  for (const credential of [TOKEN, JWT, newOpaque('sls_')]) {
    const nested = `https://y.example/?access_token=${credential}`
    for (const url of [
      `/v1/dynamic/listener/${credential}`,
      `https://x.example/${encodeURIComponent(credential)}?a=1`,
      `?other=${credential}&a=1`,
      `#${credential}`,
      `?next=${encodeURIComponent(nested)}`,
      `?next=${encodeURIComponent(encodeURIComponent(nested))}`,
      `/${credential.replaceAll(/./g, (letter) => `%${letter.charCodeAt(0).toString(16)}`)}`
    ]) {
      const masked = maskUrl(url)
      t.notOk(masked.includes(credential.slice(0, 20)), masked)
      t.notOk(decodeURIComponent(decodeURIComponent(masked)).includes(credential.slice(0, 20)), masked)
      t.match(masked, /\[masked\]/)
    }
  }
})

t.test('every other URL stays as it was sent', async (t) => {
  for (const url of [
    '',
    '/',
    'https://shop.example/a%20b/c?q=1&q=2&name=J%C3%BCrgen+M#part',
    '/tokens?page=2&tokenize=1',
    '/100%25?off=50%25'
  ])
    t.equal(maskUrl(url), url)
  t.equal(maskUrl('/%E0%A4%A/x?q=%zz'), '/[masked]/x?q=[masked]', 'nobody can tell what is in text that cannot be read')
})
