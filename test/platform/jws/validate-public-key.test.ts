import { calculateJwkThumbprint } from 'jose'
import { checkPrimeSync, generateKeyPairSync, generatePrimeSync, randomBytes, type JsonWebKey } from 'node:crypto'
import t from 'tap'
import { InvalidKeyError, type KeyReason } from '../../../src/platform/jws/key-record.ts'
import { validatePublicKey } from '../../../src/platform/jws/validate-public-key.ts'
import { PAIRS, pem, type PairName } from './fixtures.ts'

const jwkOf = (name: PairName): JsonWebKey => PAIRS[name].publicKey.export({ format: 'jwk' })

function errorOf(input: string | JsonWebKey): InvalidKeyError | undefined {
  try {
    validatePublicKey(input)
    return undefined
  } catch (error) {
    if (error instanceof InvalidKeyError) return error
    throw error
  }
}

const RSA = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']
const SOUND: [PairName, string, string[]][] = [
  ['rsa', 'RSA 2048', RSA],
  ['p256', 'EC P-256', ['ES256']],
  ['p384', 'EC P-384', ['ES384']],
  ['p521', 'EC P-521', ['ES512']],
  ['ed25519', 'Ed25519', ['EdDSA', 'Ed25519']]
]

t.test('accepted: each type as PEM, as JWK and as JWK text, with the same result', async (t) => {
  for (const [name, description, algorithms] of SOUND) {
    const jwk = jwkOf(name)
    const validated = validatePublicKey(jwk)
    t.same(validated.algorithms, algorithms, description)
    t.equal(validated.description, description)
    t.equal(validated.thumbprint, await calculateJwkThumbprint({ ...jwk }), 'jose counts the same thumbprint')
    t.equal(validated.kid, validated.thumbprint, 'which is the kid where none is given')
    t.same(validatePublicKey(pem(name)), validated, 'PEM')
    t.same(validatePublicKey(pem(name).replaceAll('\n', '\r\n')), validated, 'PEM with CRLF')
    t.same(validatePublicKey(`\n  ${pem(name)}\n`), validated, 'PEM with space around it')
    t.same(validatePublicKey(JSON.stringify(jwk)), validated, 'JWK text')
  }
})

t.test('accepted: only the key itself is kept of a JWK, beside its kid and algorithm', async (t) => {
  const validated = validatePublicKey({
    ...jwkOf('rsa'),
    kid: 'main',
    alg: 'PS256',
    use: 'sig',
    key_ops: ['verify'],
    x5c: ['AAAA'],
    ext: true,
    note: 'x'
  })
  t.equal(validated.kid, 'main')
  t.same(validated.algorithms, ['PS256'])
  t.same(Object.keys(validated.key.jwk).toSorted(), ['e', 'kty', 'n'])
})

t.test('accepted: RSA keys up to 8192 bits are described by their size', async (t) => {
  for (const bits of [2049, 3072, 8192]) t.equal(validatePublicKey(rsaJwk(numberOf(bits))).description, `RSA ${bits}`)
})

const encode = (value: bigint): string =>
  Buffer.from(value.toString(16).padStart(Math.ceil(value.toString(16).length / 2) * 2, '0'), 'hex').toString(
    'base64url'
  )
const rsaJwk = (n: bigint, e = 65_537n): JsonWebKey => ({ kty: 'RSA', n: encode(n), e: encode(e) })
const FACTORS = Array.from({ length: 2047 }, (_, at) => BigInt(2 * at + 3))
const prime = (bits: number): bigint => generatePrimeSync(bits, { bigint: true })

/**
 * A random odd number of exactly this size without a factor below 4096: validation cannot tell it from a modulus, and
 * it is made at once.
 */
function numberOf(bits: number): bigint {
  const bytes = randomBytes(Math.ceil(bits / 8))
  let n = BigInt.asUintN(bits - 1, BigInt(`0x${bytes.toString('hex')}`)) | (1n << BigInt(bits - 1)) | 1n
  while (FACTORS.some((factor) => n % factor === 0n)) n -= 2n
  return n
}

/**
 * A number with the fingerprint of the broken generator: a power of 65537 modulo the product of the primes up to 167.
 */
function rocaLike(): bigint {
  const primes = [
    3n,
    5n,
    7n,
    11n,
    13n,
    17n,
    19n,
    23n,
    29n,
    31n,
    37n,
    41n,
    43n,
    47n,
    53n,
    59n,
    61n,
    67n,
    71n,
    73n,
    79n,
    83n,
    89n,
    97n,
    101n,
    103n,
    107n,
    109n,
    113n,
    127n,
    131n,
    137n,
    139n,
    149n,
    151n,
    157n,
    163n,
    167n
  ]
  const product = primes.reduce((a, b) => a * b, 2n)
  return (65_537n ** 9n % product) + product * ((1n << 2047n) / product + 1n)
}

t.test('refused: private and symmetric keys, however they come, with the advice to replace them', async (t) => {
  const cases: [string, string | JsonWebKey, KeyReason][] = [
    ...SOUND.flatMap(([name]): [string, string | JsonWebKey, KeyReason][] => [
      [`${name} private JWK`, PAIRS[name].privateKey.export({ format: 'jwk' }), 'private_key'],
      [`${name} PKCS #8`, PAIRS[name].privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 'private_key']
    ]),
    ['RSA PKCS #1', PAIRS.rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(), 'private_key'],
    ['EC SEC 1', PAIRS.p256.privateKey.export({ type: 'sec1', format: 'pem' }).toString(), 'private_key'],
    [
      'encrypted',
      PAIRS.p256.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }).toString(),
      'private_key'
    ],
    [
      'private after public',
      pem('p256') + PAIRS.p256.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      'private_key'
    ],
    ['one private member of RSA', { ...jwkOf('rsa'), dp: 'AQAB' }, 'private_key'],
    ['private member that is empty', { ...jwkOf('p256'), d: '' }, 'private_key'],
    ['oct', { kty: 'oct', k: 'AAAA' }, 'symmetric_key'],
    ['oct as text', '{"kty":"oct","k":"AAAA"}', 'symmetric_key'],
    ['k beside a public key', { ...jwkOf('p256'), k: 'AAAA' }, 'symmetric_key']
  ]
  for (const [title, input, reason] of cases) t.equal(errorOf(input)?.reason, reason, title)
  t.match(errorOf(PAIRS.p256.privateKey.export({ format: 'jwk' }))?.message, /replace the key/)
})

t.test('refused: weak RSA keys', async (t) => {
  const n = numberOf(2048)
  const close = closePrimes()
  const cases: [string, JsonWebKey, KeyReason][] = [
    ['2047 bits', rsaJwk(numberOf(2047)), 'weak'],
    [
      '1024 bits, really made',
      generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' }),
      'weak'
    ],
    ['8193 bits', rsaJwk((1n << 8192n) + 1n), 'unsupported'],
    ['exponent 1', rsaJwk(n, 1n), 'weak'],
    ['exponent 3', rsaJwk(n, 3n), 'weak'],
    ['exponent 65535', rsaJwk(n, 65_535n), 'weak'],
    ['exponent past 32 bits', rsaJwk(n, (1n << 32n) + 1n), 'weak'],
    ['even exponent', rsaJwk(n, 65_538n), 'invalid_key'],
    ['even modulus', rsaJwk(2n * numberOf(2047)), 'weak'],
    ['modulus divisible by 3', rsaJwk(3n * numberOf(2047)), 'weak'],
    ['modulus divisible by 4093', rsaJwk(4093n * numberOf(2040)), 'weak'],
    ['ROCA fingerprint', rsaJwk(rocaLike()), 'weak'],
    ['close primes', rsaJwk(close), 'weak'],
    ['a square', rsaJwk(prime(1024) ** 2n), 'weak'],
    [
      'zero byte in front of n',
      {
        kty: 'RSA',
        n: Buffer.concat([Buffer.of(0), Buffer.from(encode(n), 'base64url')]).toString('base64url'),
        e: 'AQAB'
      },
      'malformed'
    ],
    ['zero byte in front of e', { kty: 'RSA', n: encode(n), e: 'AAEAAQ' }, 'malformed']
  ]
  for (const [title, jwk, reason] of cases) t.equal(errorOf(jwk)?.reason, reason, title)
  t.match(errorOf(rsaJwk(rocaLike()))?.message, /ROCA/)
  t.match(errorOf(rsaJwk(close))?.message, /close/)
  t.equal(errorOf(rsaJwk(n)), undefined, 'the control: the same with nothing wrong')
})

/** Two primes that share their upper half: within the reach of Fermat's method. */
function closePrimes(): bigint {
  const p = prime(1024)
  for (let q = p + 2n; ; q += 2n) {
    if (checkPrimeSync(q)) return p * q
  }
}

t.test('refused: elliptic curve keys that are none', async (t) => {
  const jwk = jwkOf('p256')
  const flipped = Buffer.from(jwk.y ?? '', 'base64url')
  flipped[31] = (flipped[31] ?? 0) ^ 1
  const cases: [string, JsonWebKey, KeyReason][] = [
    ['a point that is not on the curve', { ...jwk, y: flipped.toString('base64url') }, 'invalid_key'],
    ['the point at infinity as zeros', { ...jwk, x: encode(0n).padEnd(43, 'A'), y: 'A'.repeat(43) }, 'invalid_key'],
    ['coordinates past the field', { ...jwk, x: Buffer.alloc(32, 0xff).toString('base64url') }, 'invalid_key'],
    ['a coordinate too short', { ...jwk, x: Buffer.alloc(31, 1).toString('base64url') }, 'malformed'],
    [
      'a coordinate too long',
      { ...jwk, x: Buffer.concat([Buffer.of(0), Buffer.from(jwk.x ?? '', 'base64url')]).toString('base64url') },
      'malformed'
    ],
    ['a coordinate missing', { kty: 'EC', crv: 'P-256', x: jwk.x ?? '' }, 'malformed'],
    ['a coordinate with padding', { ...jwk, x: `${jwk.x}=` }, 'malformed'],
    ['another curve named', { ...jwk, crv: 'P-384' }, 'malformed'],
    [
      'secp256k1',
      generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey.export({ format: 'jwk' }),
      'unsupported'
    ],
    ['a curve that is a member of every object', { ...jwk, crv: 'toString' }, 'unsupported'],
    ['no curve', { kty: 'EC', x: jwk.x ?? '', y: jwk.y ?? '' }, 'unsupported'],
    ['another type named', { ...jwk, kty: 'RSA' }, 'malformed']
  ]
  for (const [title, key, reason] of cases) t.equal(errorOf(key)?.reason, reason, title)
})

t.test('refused: Ed25519 points that anybody could sign for, or that are none', async (t) => {
  // The encodings of the eight points whose order divides 8, and the spellings of them that are not canonical.
  const small: [string, string, KeyReason][] = [
    ['order 1', '0100000000000000000000000000000000000000000000000000000000000000', 'weak'],
    ['order 1, sign set', '0100000000000000000000000000000000000000000000000000000000000080', 'weak'],
    ['order 2', 'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f', 'weak'],
    ['order 4', '0000000000000000000000000000000000000000000000000000000000000000', 'weak'],
    ['order 4, the other', '0000000000000000000000000000000000000000000000000000000000000080', 'weak'],
    ['order 8', 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a', 'weak'],
    ['order 8, second', 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa', 'weak'],
    ['order 8, third', '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', 'weak'],
    ['order 8, fourth', '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85', 'weak'],
    ['order 4, not canonical', 'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f', 'invalid_key'],
    ['order 1, not canonical', 'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f', 'invalid_key'],
    ['all ones', 'f'.repeat(64), 'invalid_key'],
    ['not on the curve', `02${'00'.repeat(31)}`, 'invalid_key']
  ]
  for (const [title, hex, reason] of small) {
    t.equal(
      errorOf({ kty: 'OKP', crv: 'Ed25519', x: Buffer.from(hex, 'hex').toString('base64url') })?.reason,
      reason,
      title
    )
  }
  t.equal(errorOf({ kty: 'OKP', crv: 'Ed25519', x: 'AAAA' })?.reason, 'malformed')
  for (let round = 0; round < 20; round++) {
    t.equal(
      errorOf(generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })),
      undefined,
      'the control: keys that were really made'
    )
  }
})

t.test('refused: keys that say they are for something else', async (t) => {
  const cases: [string, JsonWebKey, KeyReason][] = [
    ['use enc', { ...jwkOf('rsa'), use: 'enc' }, 'contradictory'],
    ['use in another case', { ...jwkOf('rsa'), use: 'SIG' }, 'contradictory'],
    ['key_ops encrypt', { ...jwkOf('rsa'), key_ops: ['encrypt'] }, 'contradictory'],
    ['key_ops sign', { ...jwkOf('p256'), key_ops: ['sign'] }, 'contradictory'],
    ['key_ops verify and encrypt', { ...jwkOf('rsa'), key_ops: ['verify', 'encrypt'] }, 'contradictory'],
    ['key_ops empty', { ...jwkOf('rsa'), key_ops: [] }, 'contradictory'],
    ['key_ops as text', { ...jwkOf('rsa'), key_ops: 'verify' }, 'contradictory'],
    ['alg of another curve', { ...jwkOf('p256'), alg: 'ES384' }, 'contradictory'],
    ['alg of another type', { ...jwkOf('rsa'), alg: 'ES256' }, 'contradictory'],
    ['HMAC with a public key', { ...jwkOf('rsa'), alg: 'HS256' }, 'contradictory'],
    ['alg that does not exist', { ...jwkOf('p521'), alg: 'ES521' }, 'contradictory'],
    ['alg of an encryption', { ...jwkOf('rsa'), alg: 'RSA-OAEP' }, 'contradictory'],
    ['alg as a number', { ...jwkOf('rsa'), alg: 256 }, 'contradictory'],
    ['kid as a number', { ...jwkOf('rsa'), kid: 1 }, 'invalid_kid'],
    ['kid empty', { ...jwkOf('rsa'), kid: '' }, 'invalid_kid'],
    ['kid with a line break', { ...jwkOf('rsa'), kid: 'a\nb' }, 'invalid_kid'],
    ['kid of 256 characters', { ...jwkOf('rsa'), kid: 'k'.repeat(256) }, 'invalid_kid']
  ]
  for (const [title, key, reason] of cases) t.equal(errorOf(key)?.reason, reason, title)
})

t.test('refused: what is no public key for signatures, each with what to do', async (t) => {
  const rsaPss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 })
    .publicKey.export({ type: 'spki', format: 'pem' })
    .toString()
  const certificate = pem('p256').replaceAll('PUBLIC KEY', 'CERTIFICATE')
  const cases: [string, string | JsonWebKey, KeyReason, RegExp][] = [
    ['certificate', certificate, 'certificate', /openssl x509/],
    [
      'PKCS #1',
      PAIRS.rsa.publicKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
      'unsupported',
      /RSAPublicKey_in/
    ],
    ['certificate request', pem('p256').replaceAll('PUBLIC KEY', 'CERTIFICATE REQUEST'), 'unsupported', /SPKI/],
    ['RSA-PSS key', rsaPss, 'unsupported', /rsa-pss/],
    [
      'Ed448 PEM',
      generateKeyPairSync('ed448').publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      'unsupported',
      /ed448/
    ],
    ['Ed448 JWK', generateKeyPairSync('ed448').publicKey.export({ format: 'jwk' }), 'unsupported', /Ed448/],
    [
      'X25519 PEM',
      generateKeyPairSync('x25519').publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      'unsupported',
      /x25519/
    ],
    ['X25519 JWK', generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' }), 'unsupported', /X25519/],
    [
      'secp256k1 PEM',
      generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
        .publicKey.export({ type: 'spki', format: 'pem' })
        .toString(),
      'unsupported',
      /P-256/
    ],
    [
      'a curve JWK has no name for',
      generateKeyPairSync('ec', { namedCurve: 'brainpoolP256r1' })
        .publicKey.export({ type: 'spki', format: 'pem' })
        .toString(),
      'unsupported',
      /P-256/
    ],
    [
      'weak RSA as PEM',
      generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      'weak',
      /1024/
    ],
    ['two blocks', pem('p256') + pem('p384'), 'malformed', /one PEM block/],
    ['text around the block', `key:\n${pem('p256')}`, 'malformed', /one PEM block/],
    [
      'rubbish in the block',
      '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----',
      'malformed',
      /cannot be read|can be read/
    ],
    ['an SSH key', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA== me', 'malformed', /JWK/],
    ['nothing', '', 'malformed', /JWK/],
    ['too much', `${' '.repeat(20_000)}${pem('p256')}`, 'malformed', /16384/],
    ['JWK text that is not JSON', '{kty:"RSA"}', 'malformed', /JSON/],
    ['JWK text with a member twice', '{"kty":"EC","kty":"RSA"}', 'malformed', /twice/],
    ['a key set', '{"keys":[]}', 'unsupported', /type/],
    ['no type', {}, 'unsupported', /undefined/],
    ['a type of the future', { kty: 'AKP', pub: 'AAAA' }, 'unsupported', /AKP/],
    ['RSA without numbers', { kty: 'RSA' }, 'malformed', /"n"/],
    ['RSA with numbers as numbers', { kty: 'RSA', n: 5, e: 3 } as unknown as JsonWebKey, 'malformed', /"n"/]
  ]
  for (const [title, input, reason, message] of cases) {
    const error = errorOf(input)
    t.equal(error?.reason, reason, title)
    t.match(error?.message, message, title)
  }
})

t.test('an error message contains nothing of the key', async (t) => {
  const secret = PAIRS.rsa.privateKey.export({ format: 'jwk' })
  t.notMatch(errorOf(secret)?.message, secret.d?.slice(0, 8))
  t.notMatch(errorOf({ kty: 'oct', k: 'c2VjcmV0LXNlY3JldA' })?.message, /c2Vj/)
})
