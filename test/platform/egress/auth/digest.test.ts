import t from 'tap'
import { createHash } from 'node:crypto'
import {
  chooseDigestChallenge,
  digestAuthorization,
  type DigestChallenge
} from '../../../../src/platform/egress/auth/digest.ts'
import { Secret } from '../../../../src/lib/secret.ts'

function choose(header: string): DigestChallenge {
  const challenge = chooseDigestChallenge(header)
  if (challenge === undefined) throw new Error('no challenge')
  return challenge
}

const field = (authorization: string, name: string): string | undefined =>
  new RegExp(`[ ,]${name}="?([^",]*)`).exec(authorization)?.[1]

t.test('RFC 7616, section 3.9.1: the two worked examples', async (t) => {
  const common =
    'realm="http-auth@example.org", qop="auth, auth-int", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", ' +
    'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
  const request = {
    method: 'GET',
    uri: '/dir/index.html',
    body: '',
    cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
    count: 1
  }
  const answer = (algorithm: string): string =>
    digestAuthorization(
      choose(`Digest ${common}, algorithm=${algorithm}`),
      'Mufasa',
      new Secret('Circle of Life'),
      request
    )
  t.equal(field(answer('MD5'), 'response'), '8ca523f5e9506fed4657c9700eebdbec')
  t.equal(field(answer('SHA-256'), 'response'), '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1')
  const fields = [
    'username="Mufasa"',
    'realm="http-auth@example\\.org"',
    'nonce="[^"]+"',
    'uri="/dir/index\\.html"',
    'response="[^"]+"',
    'algorithm=SHA-256',
    'opaque="[^"]+"',
    'qop=auth',
    'nc=00000001',
    'cnonce="[^"]+"'
  ]
  t.match(answer('SHA-256'), new RegExp(`^Digest ${fields.join(', ')}$`))
})

t.test('RFC 7616, section 3.9.2: the user name in UTF-8, hashed where the server asks for it', async (t) => {
  const header =
    'Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, ' +
    'nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", ' +
    'charset=UTF-8, userhash=true'
  const challenge = choose(header)
  t.match(challenge, { userhash: true, hash: 'sha512-256' })
  const answer = digestAuthorization(challenge, 'J\u00e4s\u00f8n Doe', new Secret('Secret, or not?'), {
    method: 'GET',
    uri: '/doe.json',
    body: '',
    cnonce: 'NTg6RKcb9boFIAS3KrFK9BGeh+niz/sm',
    count: 1
  })
  const h = (text: string): string => createHash('sha512-256').update(text).digest('hex')
  t.equal(field(answer, 'username'), h('J\u00e4s\u00f8n Doe:api@example.org'))
  t.match(answer, /userhash=true$/)
  const plain = digestAuthorization({ ...challenge, userhash: false }, 'J\u00e4s\u00f8n Doe', new Secret('x'), {
    method: 'GET',
    uri: '/',
    body: '',
    cnonce: 'c',
    count: 1
  })
  t.match(plain, "username*=UTF-8''J%C3%A4s%C3%B8n%20Doe,")
})

t.test('the strongest challenge is answered, whatever their order', async (t) => {
  const offer = (algorithm: string): string => `Digest realm="r", nonce="n", qop="auth", algorithm=${algorithm}`
  t.equal(choose([offer('MD5'), offer('SHA-256')].join(', ')).hash, 'sha256')
  t.equal(choose([offer('SHA-512-256'), offer('SHA-256'), offer('MD5')].join(', ')).hash, 'sha512-256')
  t.equal(choose([offer('SHA-1024'), offer('MD5-sess'), 'Basic realm="r"'].join(', ')).hash, 'md5')
  t.equal(choose('Digest realm="r", nonce="n", qop="auth"').hash, 'md5', 'no algorithm means MD5')
  t.equal(choose('Digest realm="r", nonce="n", qop="auth-int,auth"').qop, 'auth')
  t.equal(choose('Digest realm="r", nonce="n", qop="auth-int"').qop, 'auth-int')
})

t.test('no Digest challenge is no fault; one that cannot be answered is', async (t) => {
  t.equal(chooseDigestChallenge(undefined), undefined)
  t.equal(chooseDigestChallenge('Basic realm="r", Bearer'), undefined)
  for (const header of [
    'Digest realm="r", nonce="n", algorithm=SHA-1',
    'Digest realm="r", nonce="n", qop="auth-conf"',
    'Digest realm="r"',
    'Digest nonce="n"',
    'Digest realm="r", realm="s", nonce="n"',
    'Digest realm="r'
  ]) {
    t.throws(() => chooseDigestChallenge(header), { code: 'challenge' }, header)
  }
})

t.test('what the server gave is quoted again, so that it cannot add a parameter', async (t) => {
  const answer = digestAuthorization(
    choose('Digest realm="a\\", uri=\\"/evil", nonce="n\\\\"'),
    'u"s',
    new Secret('p'),
    { method: 'GET', uri: '/', body: '', cnonce: 'c', count: 1 }
  )
  t.match(answer, 'username="u\\"s", realm="a\\", uri=\\"/evil", nonce="n\\\\", uri="/"')
})
