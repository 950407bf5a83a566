import t from 'tap'
import { exposureWarnings } from '../src/exposure.ts'

t.test('a gateway that only its machine reaches says nothing', async (t) => {
  for (const host of ['127.0.0.1', 'localhost', '::1'])
    t.strictSame(exposureWarnings({ host, publicUrl: 'http://127.0.0.1:2020', signup: 'open' }), [], host)
})

t.test('others reach it: http and open sign-up are said, each in a sentence', async (t) => {
  const exposed = exposureWarnings({ host: '0.0.0.0', publicUrl: 'http://127.0.0.1:2020', signup: 'open' })
  t.match(exposed, [/clear text/, /SIGNUP is open/])
  t.equal(exposed.length, 2)
  t.strictSame(exposureWarnings({ host: '::', publicUrl: 'https://sluice.example.com', signup: 'closed' }), [])
})
