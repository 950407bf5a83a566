import t from 'tap'
import { createHmac, generateKeyPairSync } from 'node:crypto'
import { ALGORITHM_NAMES } from '../../../src/platform/jws/algorithms.ts'
import { inspectJws } from '../../../src/platform/jws/inspect-jws.ts'
import { JWS_REASONS, JwsError, type JwsReason } from '../../../src/platform/jws/errors.ts'
import { verifyCustomerToken } from '../../../src/platform/jws/verify-customer-token.ts'
import {
  AUDIENCE,
  CLAIMS,
  encode,
  makeToken,
  NOW_SECONDS,
  OTHER_WORKSPACE_KEY,
  PAIRS,
  pem,
  RULES,
  SECRET,
  signerOf,
  signInput,
  signText,
  WORKSPACE_KEY
} from './fixtures.ts'

type Case = readonly [title: string, token: string, reason: JwsReason]

const refusal = (reason: JwsReason): Error => Object.assign(new Error(), { name: 'JwsError', reason })
const withHeader = (header: object): string => makeToken({ header: { alg: 'HS256', ...header } })
const withClaims = (claims: object): string => makeToken({ payload: { ...CLAIMS, ...claims } })
const withoutClaim = (...names: string[]): string =>
  makeToken({ payload: Object.fromEntries(Object.entries(CLAIMS).filter(([name]) => !names.includes(name))) })
const good = makeToken()
const [goodHeader = '', goodPayload = '', goodSignature = ''] = good.split('.')
const es256 = makeToken({ alg: 'ES256' })
const [esHeader = '', esPayload = '', esSignature = ''] = es256.split('.')
const esInput = `${esHeader}.${esPayload}`

const algorithms: Case[] = [
  ['alg none without a signature', `${encode({ alg: 'none' })}.${goodPayload}.`, 'alg_none'],
  ['alg None without a signature', `${encode({ alg: 'None' })}.${goodPayload}.`, 'alg_none'],
  ['alg nOnE with a signature', makeToken({ header: { alg: 'nOnE' } }), 'alg_none'],
  ['no alg', makeToken({ header: { typ: 'JWT' } }), 'alg_missing'],
  ['alg null', makeToken({ header: { alg: null } }), 'alg_missing'],
  ['alg as a number', makeToken({ header: { alg: 256 } }), 'alg_missing'],
  ['alg as an array', makeToken({ header: { alg: ['HS256'] } }), 'alg_missing'],
  ['alg empty', makeToken({ header: { alg: '' } }), 'alg_unknown'],
  ['alg in lower case', makeToken({ header: { alg: 'hs256' } }), 'alg_unknown'],
  ['alg with a space after it', makeToken({ header: { alg: 'HS256 ' } }), 'alg_unknown'],
  ['alg ES256K', makeToken({ header: { alg: 'ES256K' } }), 'alg_unknown'],
  ['alg of an encryption', makeToken({ header: { alg: 'RSA-OAEP' } }), 'alg_unknown'],
  ['alg that is a member of every object', makeToken({ header: { alg: 'constructor' } }), 'alg_unknown'],
  ['alg toString', makeToken({ header: { alg: 'toString' } }), 'alg_unknown']
]

/** Every way to write down a public key that somebody may try as an HMAC secret. */
function spellings(): [string, Uint8Array | string][] {
  const rsaJwk = PAIRS.rsa.publicKey.export({ format: 'jwk' })
  const ecJwk = PAIRS.p256.publicKey.export({ format: 'jwk' })
  const edJwk = PAIRS.ed25519.publicKey.export({ format: 'jwk' })
  return [
    ['RSA PEM', pem('rsa')],
    ['RSA PEM without its last line break', pem('rsa').trimEnd()],
    ['RSA PEM with CRLF', pem('rsa').replaceAll('\n', '\r\n')],
    ['RSA PEM on one line', pem('rsa').replaceAll('\n', '')],
    ['RSA PKCS #1 PEM', PAIRS.rsa.publicKey.export({ type: 'pkcs1', format: 'pem' }).toString()],
    ['RSA DER', PAIRS.rsa.publicKey.export({ type: 'spki', format: 'der' })],
    ['RSA DER as base64', PAIRS.rsa.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')],
    ['RSA JWK', JSON.stringify(rsaJwk)],
    ['RSA modulus text', rsaJwk.n ?? ''],
    ['RSA modulus', Buffer.from(rsaJwk.n ?? '', 'base64url')],
    ['EC PEM', pem('p256')],
    ['EC DER', PAIRS.p256.publicKey.export({ type: 'spki', format: 'der' })],
    ['EC JWK', JSON.stringify(ecJwk)],
    [
      'EC point',
      Buffer.concat([Buffer.of(4), Buffer.from(ecJwk.x ?? '', 'base64url'), Buffer.from(ecJwk.y ?? '', 'base64url')])
    ],
    ['Ed25519 PEM', pem('ed25519')],
    ['Ed25519 point', Buffer.from(edJwk.x ?? '', 'base64url')],
    ['Ed25519 point text', edJwk.x ?? '']
  ]
}

const kidOf = (spelling: string): string =>
  spelling.startsWith('RSA') ? 'rsa' : spelling.startsWith('EC') ? 'p256' : 'ed25519'

const confusion: Case[] = [
  ...spellings().flatMap(([spelling, key]): Case[] => [
    [`HMAC made with the public key: ${spelling}`, makeToken({ key }), 'signature_mismatch'],
    [
      `HMAC made with the public key, its kid named: ${spelling}`,
      makeToken({ header: { alg: 'HS256', kid: kidOf(spelling) }, key }),
      'alg_not_allowed'
    ]
  ]),
  [
    'RS256 under the kid of the secret',
    makeToken({ header: { alg: 'RS256', kid: 'secret' }, alg: 'RS256' }),
    'alg_not_allowed'
  ],
  [
    'ES256 under the kid of a P-384 key',
    makeToken({ header: { alg: 'ES256', kid: 'p384' }, alg: 'ES256' }),
    'alg_not_allowed'
  ],
  ['PS256 called RS256', makeToken({ header: { alg: 'RS256' }, alg: 'PS256' }), 'signature_mismatch'],
  ['RS512 called RS256', makeToken({ header: { alg: 'RS256' }, alg: 'RS512' }), 'signature_mismatch'],
  ['HMAC with an empty key', makeToken({ key: '' }), 'signature_mismatch'],
  ['HMAC with a zero byte', makeToken({ key: Buffer.of(0) }), 'signature_mismatch'],
  ['HMAC with the secret decoded from hex', makeToken({ key: Buffer.from(SECRET, 'hex') }), 'signature_mismatch'],
  ['HMAC with the secret in upper case', makeToken({ key: SECRET.toUpperCase() }), 'signature_mismatch'],
  [
    "another workspace's key with our secret",
    makeToken({ payload: { ...CLAIMS, iss: OTHER_WORKSPACE_KEY } }),
    'signature_mismatch'
  ],
  [
    'a key that is registered nowhere',
    makeToken({ alg: 'ES256', key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey }),
    'signature_mismatch'
  ]
]

const foreign = generateKeyPairSync('ec', { namedCurve: 'P-256' })

const parameters: Case[] = [
  ['crit empty', withHeader({ crit: [] }), 'header_parameter'],
  ['crit with a claim', withHeader({ crit: ['exp'], exp: 1 }), 'header_parameter'],
  ['crit with an unknown extension', withHeader({ crit: ['x'], x: 1 }), 'header_parameter'],
  ['crit null', withHeader({ crit: null }), 'header_parameter'],
  ['b64 false', withHeader({ crit: ['b64'], b64: false }), 'header_parameter'],
  ['b64 true without crit', withHeader({ b64: true }), 'header_parameter'],
  ['jku', withHeader({ jku: 'https://evil.test/keys' }), 'header_parameter'],
  [
    'jwk with the key that signed',
    makeToken({
      header: { alg: 'ES256', jwk: foreign.publicKey.export({ format: 'jwk' }) },
      alg: 'ES256',
      key: foreign.privateKey
    }),
    'header_parameter'
  ],
  ['x5u', withHeader({ x5u: 'https://evil.test/cert' }), 'header_parameter'],
  ['x5c', withHeader({ x5c: ['AAAA'] }), 'header_parameter'],
  ['zip', withHeader({ zip: 'DEF' }), 'header_parameter'],
  ['enc', withHeader({ enc: 'A256GCM' }), 'header_parameter'],
  ['x5t as a number', withHeader({ x5t: 5 }), 'header_parameter'],
  ['x5t of the wrong length', withHeader({ x5t: 'AAAA' }), 'header_parameter'],
  ['x5t#S256 of the wrong length', withHeader({ 'x5t#S256': 'A'.repeat(27) }), 'header_parameter'],
  ['the type of an issued token', withHeader({ typ: 'at+jwt' }), 'header_type'],
  ['typ as an array', withHeader({ typ: ['JWT'] }), 'header_type'],
  [
    'kid: a path to an empty file',
    makeToken({ header: { alg: 'HS256', kid: '../../../../dev/null' }, key: '' }),
    'key_unknown'
  ],
  ['kid: a path, with the right signature', withHeader({ kid: '../../../../dev/null' }), 'key_unknown'],
  ['kid: SQL', withHeader({ kid: "' UNION SELECT 'x' --" }), 'key_unknown'],
  ['kid: a member of every object', withHeader({ kid: '__proto__' }), 'key_unknown'],
  ['kid in another case', withHeader({ kid: 'SECRET' }), 'key_unknown'],
  ['kid as a number', withHeader({ kid: 1 }), 'kid_invalid'],
  ['kid as an array', withHeader({ kid: ['secret'] }), 'kid_invalid'],
  ['kid null', withHeader({ kid: null }), 'kid_invalid'],
  ['kid empty', withHeader({ kid: '' }), 'kid_invalid'],
  ['kid with a space after it', withHeader({ kid: 'secret ' }), 'kid_invalid'],
  ['kid with a line break', withHeader({ kid: 'secret\n' }), 'kid_invalid'],
  ['kid not ASCII', withHeader({ kid: 'sécret' }), 'kid_invalid'],
  ['kid of 256 characters', withHeader({ kid: 'k'.repeat(256) }), 'kid_invalid']
]

const header = (text: string | Uint8Array): string => makeToken({ header: text })
const payload = (text: string | Uint8Array): string => makeToken({ payload: text })
const nested = (levels: number): string => `{"alg":"HS256","x":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`

const json: Case[] = [
  ['header: alg twice', header('{"alg":"none","alg":"HS256"}'), 'header_duplicate_member'],
  ['header: alg twice, once escaped', header('{"\\u0061lg":"none","alg":"HS256"}'), 'header_duplicate_member'],
  ['header: a member twice deep inside', header('{"alg":"HS256","x":[{"a":1,"a":2}]}'), 'header_duplicate_member'],
  ['header: __proto__', header('{"alg":"HS256","__proto__":{"kid":"rsa"}}'), 'header_unsafe_text'],
  ['header: too deep', header(nested(5)), 'header_too_deep'],
  ['header: byte order mark', header('\uFEFF{"alg":"HS256"}'), 'header_not_utf8'],
  ['header: invalid UTF-8', header(Buffer.from('{"alg":"HS256","x":"\xff"}', 'latin1')), 'header_not_utf8'],
  ['header: overlong UTF-8', header(Buffer.from('{"alg":"HS256","x":"\xc0\xaf"}', 'latin1')), 'header_not_utf8'],
  ['header: an array', header('[{"alg":"HS256"}]'), 'header_not_object'],
  ['header: null', header('null'), 'header_not_object'],
  ['header: text', header('"HS256"'), 'header_not_object'],
  ['header: not JSON', header('alg=HS256'), 'header_not_json'],
  ['header: text after the object', header('{"alg":"HS256"}{}'), 'header_not_json'],
  ['header: a comment', header('{"alg":"HS256"/**/}'), 'header_not_json'],
  ['header: a comma too many', header('{"alg":"HS256",}'), 'header_not_json'],
  ['header: a raw control character', header('{"alg":"HS256","x":"\u0001"}'), 'header_not_json'],
  ['header: infinite number', header('{"alg":"HS256","x":1e999}'), 'header_unsafe_number'],
  ['payload: empty', payload(''), 'payload_not_json'],
  ['payload: text', payload('foo'), 'payload_not_json'],
  ['payload: an array of claims', makeToken({ payload: [CLAIMS] }), 'payload_not_object'],
  ['payload: a token inside', payload(JSON.stringify(good)), 'payload_not_object'],
  ['payload: byte order mark', payload(`\uFEFF${JSON.stringify(CLAIMS)}`), 'payload_not_utf8'],
  ['payload: UTF-16', payload(Buffer.from(JSON.stringify(CLAIMS), 'utf16le')), 'payload_not_json'],
  [
    'payload: invalid UTF-8 in the id',
    payload(Buffer.from(JSON.stringify(CLAIMS).replace('user-1', 'user-\xe9'), 'latin1')),
    'payload_not_utf8'
  ],
  ['payload: id twice', payload(`{"id":"admin",${JSON.stringify(CLAIMS).slice(1)}`), 'payload_duplicate_member'],
  ['payload: exp twice', payload(`{"exp":9999999999,${JSON.stringify(CLAIMS).slice(1)}`), 'payload_duplicate_member'],
  [
    'payload: a field twice',
    payload(JSON.stringify(CLAIMS).replace('"plan":', '"plan":"free","plan":')),
    'payload_duplicate_member'
  ],
  [
    'payload: __proto__ in fields',
    payload(JSON.stringify(CLAIMS).replace('"plan":', '"__proto__":')),
    'payload_unsafe_text'
  ],
  [
    'payload: half a surrogate pair',
    payload(JSON.stringify(CLAIMS).replace('user-1', '\\ud800')),
    'payload_unsafe_text'
  ],
  ['payload: U+0000 in the id', withClaims({ id: 'user-1\0' }), 'payload_unsafe_text'],
  [
    'payload: as deep as a token can be',
    payload(`{"fields":${'['.repeat(2900)}${']'.repeat(2900)}}`),
    'payload_too_deep'
  ],
  ['payload: NaN', payload('{"exp":NaN}'), 'payload_not_json']
]

const raise = (part: string): string => part.slice(0, -1) + String.fromCharCode(part.charCodeAt(part.length - 1) + 1)
// 43 characters carry 258 bits for 256: the last two are unused, and must be zero.
const unusedBits = `${goodHeader}.${goodPayload}.${raise(goodSignature)}`
const oddPayload = encode(`${JSON.stringify(CLAIMS)}${' '.repeat((2 + 3 - (JSON.stringify(CLAIMS).length % 3)) % 3)}`)

const encoding: Case[] = [
  ['unused bits set in the signature', unusedBits, 'not_base64url'],
  ['unused bits set in the payload, signed that way', signInput(`${goodHeader}.${raise(oddPayload)}`), 'not_base64url'],
  [
    'padding after the header, signed that way',
    signInput(`${encode('{"alg":"HS256" }')}==.${goodPayload}`),
    'not_base64url'
  ],
  ['padding after the signature', `${good}=`, 'not_base64url'],
  [
    'the other base64 alphabet',
    signInput(`${goodHeader}.${Buffer.from('{"a":"???>>>"}').toString('base64')}`),
    'not_base64url'
  ],
  ['a plus sign in the signature', `${goodHeader}.${goodPayload}.+${goodSignature.slice(1)}`, 'not_base64url'],
  ['a space in front', ` ${good}`, 'not_base64url'],
  ['a line break at the end', `${good}\n`, 'not_base64url'],
  [
    'a line break in the payload, signed that way',
    signInput(`${goodHeader}.${goodPayload.slice(0, 8)}\n${goodPayload.slice(8)}`),
    'not_base64url'
  ],
  ['a zero byte at the end', `${good}\0`, 'not_base64url'],
  ['a length that no bytes have', `${good}AA`, 'not_base64url'],
  ['percent encoding', good.replace('.', '%2e'), 'not_compact'],
  ['the scheme left in front', `Bearer ${good}`, 'not_base64url'],
  ['letters of another script that look the same', good.replace('e', 'е'), 'not_base64url'],
  ['nothing', '', 'not_compact'],
  ['two parts', `${goodHeader}.${goodPayload}`, 'not_compact'],
  ['four parts', `${good}.${goodSignature}`, 'not_compact'],
  ['a dot at the end', `${good}.`, 'not_compact'],
  ['only dots', '..', 'not_compact'],
  ['five parts', `${good}.AAAA.AAAA`, 'encrypted'],
  ['no header', `.${goodPayload}.${goodSignature}`, 'not_compact'],
  [
    'JSON serialization',
    JSON.stringify({ protected: goodHeader, payload: goodPayload, signature: goodSignature }),
    'not_compact'
  ],
  ['two tokens with a comma', `${good},${good}`, 'encrypted'],
  ['a token of 8193 characters', good.padEnd(8193, 'A'), 'too_long'],
  ['a token of a million dots', '.'.repeat(1_000_000), 'too_long'],
  ['a payload 100,000 levels deep', payload(`{"fields":${'['.repeat(99_999)}${']'.repeat(99_999)}}`), 'too_long'],
  ['a header 100,000 levels deep', header(nested(100_000)), 'too_long'],
  ['a header of 3000 characters', withHeader({ x: 'x'.repeat(2200) }), 'too_long']
]

const n256 = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex')
const one = Buffer.from('01'.padStart(64, '0'), 'hex')
const zero = Buffer.alloc(32)
const esWith = (...numbers: Uint8Array[]): string => `${esInput}.${Buffer.concat(numbers).toString('base64url')}`
const rs256 = makeToken({ alg: 'RS256' })
const withSignature = (token: string, change: (signature: Buffer) => Uint8Array): string => {
  const [first = '', second = '', signature = ''] = token.split('.')
  return `${first}.${second}.${Buffer.from(change(Buffer.from(signature, 'base64url'))).toString('base64url')}`
}
const zeroed = (signature: Buffer): Uint8Array => new Uint8Array(signature.length)

function addOrder(signature: Buffer): Uint8Array {
  const order = 2n ** 252n + 27742317777372353535851937790883648493n
  const s = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`) + order
  return Buffer.concat([signature.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse()])
}

const signatures: Case[] = [
  ['no signature', `${goodHeader}.${goodPayload}.`, 'signature_length'],
  ['half an HMAC', withSignature(good, (signature) => signature.subarray(0, 16)), 'signature_length'],
  ['HMAC of zeros', withSignature(good, zeroed), 'signature_mismatch'],
  [
    'the signature of another token',
    `${goodHeader}.${encode({ ...CLAIMS, id: 'root' })}.${goodSignature}`,
    'signature_mismatch'
  ],
  ['ECDSA as DER', esWith(Buffer.from('3046022100', 'hex'), Buffer.from(esSignature, 'base64url')), 'signature_length'],
  ['ECDSA with r and s zero', esWith(zero, zero), 'signature_range'],
  ['ECDSA with r zero', esWith(zero, one), 'signature_range'],
  ['ECDSA with s zero', esWith(one, zero), 'signature_range'],
  ['ECDSA with r the order', esWith(n256, one), 'signature_range'],
  ['ECDSA with s the order', esWith(one, n256), 'signature_range'],
  ['ECDSA with r and s all ones', esWith(Buffer.alloc(64, 0xff)), 'signature_range'],
  ['ECDSA with r and s one', esWith(one, one), 'signature_mismatch'],
  [
    'ECDSA with a byte after it',
    withSignature(es256, (signature) => Buffer.concat([signature, Buffer.of(0)])),
    'signature_length'
  ],
  [
    'ECDSA of the halves exchanged',
    withSignature(es256, (signature) => Buffer.concat([signature.subarray(32), signature.subarray(0, 32)])),
    'signature_mismatch'
  ],
  ['RSA signature of zeros', withSignature(rs256, zeroed), 'signature_mismatch'],
  [
    'RSA signature with a zero byte in front',
    withSignature(rs256, (signature) => Buffer.concat([Buffer.of(0), signature])),
    'signature_length'
  ],
  [
    'RSA signature that is the modulus',
    withSignature(rs256, () => Buffer.from(PAIRS.rsa.publicKey.export({ format: 'jwk' }).n ?? '', 'base64url')),
    'signature_mismatch'
  ],
  ['Ed25519 with the order added to s', withSignature(makeToken({ alg: 'EdDSA' }), addOrder), 'signature_range'],
  ['Ed25519 of zeros', withSignature(makeToken({ alg: 'EdDSA' }), zeroed), 'signature_mismatch'],
  [
    'HMAC over the decoded parts',
    `${goodHeader}.${goodPayload}.${createHmac('sha256', SECRET)
      .update(JSON.stringify({ alg: 'HS256' }) + JSON.stringify(CLAIMS))
      .digest('base64url')}`,
    'signature_mismatch'
  ]
]

const rawClaims = (exp: string): string => payload(`{"iss":"${WORKSPACE_KEY}","id":"user-1","exp":${exp}}`)

const times: Case[] = [
  ['no exp', withoutClaim('exp'), 'exp_missing'],
  ['exp as text', withClaims({ exp: String(NOW_SECONDS + 600) }), 'exp_invalid'],
  ['exp null', withClaims({ exp: null }), 'exp_invalid'],
  ['exp true', withClaims({ exp: true }), 'exp_invalid'],
  ['exp as an array', withClaims({ exp: [NOW_SECONDS + 600] }), 'exp_invalid'],
  ['exp infinite', rawClaims('1e999'), 'payload_unsafe_number'],
  ['exp minus infinite', rawClaims('-1e999'), 'payload_unsafe_number'],
  ['exp huge', rawClaims('1e300'), 'exp_invalid'],
  ['exp in milliseconds', withClaims({ exp: (NOW_SECONDS + 600) * 1000 }), 'exp_invalid'],
  ['exp zero', withClaims({ exp: 0 }), 'expired'],
  ['exp negative', withClaims({ exp: -1 }), 'expired'],
  ['exp hugely negative', rawClaims('-1e300'), 'exp_invalid'],
  ['exp now', withClaims({ exp: NOW_SECONDS }), 'expired'],
  ['exp a moment ago', withClaims({ exp: NOW_SECONDS - 0.001 }), 'expired'],
  ['nbf past the leeway', withClaims({ nbf: NOW_SECONDS + 31 }), 'not_yet_valid'],
  ['nbf as text', withClaims({ nbf: '0' }), 'nbf_invalid'],
  ['nbf null', withClaims({ nbf: null }), 'nbf_invalid'],
  ['iat past the leeway', withClaims({ iat: NOW_SECONDS + 31 }), 'issued_in_future'],
  ['iat as text', withClaims({ iat: 'yesterday' }), 'iat_invalid'],
  ['a life longer than the workspace allows', withClaims({ exp: NOW_SECONDS + 7201 }), 'lifetime_too_long'],
  [
    'a longer life that started earlier',
    withClaims({ iat: NOW_SECONDS - 7000, exp: NOW_SECONDS + 201 }),
    'lifetime_too_long'
  ],
  ['a life without end', withClaims({ exp: 253402300799 }), 'lifetime_too_long']
]

const claims: Case[] = [
  ['no workspace', withoutClaim('iss'), 'workspace_missing'],
  ['iss as an array', withClaims({ iss: [WORKSPACE_KEY] }), 'workspace_invalid'],
  ['iss as an object', withClaims({ iss: { key: WORKSPACE_KEY } }), 'workspace_invalid'],
  ['iss null', withClaims({ iss: null }), 'workspace_invalid'],
  ['iss empty', withClaims({ iss: '' }), 'workspace_invalid'],
  ['iss of no workspace', withClaims({ iss: 'wk_nobody' }), 'workspace_unknown'],
  ['iss in another case', withClaims({ iss: WORKSPACE_KEY.toUpperCase() }), 'workspace_unknown'],
  ['iss and workspaceKey differ', withClaims({ workspaceKey: OTHER_WORKSPACE_KEY }), 'workspace_ambiguous'],
  ['no id', withoutClaim('id'), 'id_missing'],
  ['id as a number', withClaims({ id: 1 }), 'id_invalid'],
  ['id null', withClaims({ id: null }), 'id_invalid'],
  ['id empty', withClaims({ id: '' }), 'id_invalid'],
  ['id as an array', withClaims({ id: ['user-1'] }), 'id_invalid'],
  ['id of 256 characters', withClaims({ id: 'u'.repeat(256) }), 'id_invalid'],
  ['id and tenantKey differ', withClaims({ tenantKey: 'user-2' }), 'id_ambiguous'],
  [
    'tenantKey with iss',
    makeToken({ payload: { iss: WORKSPACE_KEY, tenantKey: 'user-1', exp: CLAIMS.exp } }),
    'id_missing'
  ],
  ['isAdmin with an id', withClaims({ isAdmin: true }), 'admin_with_id'],
  [
    'isAdmin with a tenantKey',
    makeToken({ payload: { workspaceKey: WORKSPACE_KEY, tenantKey: 't', isAdmin: 1, exp: CLAIMS.exp } }),
    'admin_with_id'
  ],
  [
    'isAdmin "false" without an id',
    makeToken({ payload: { iss: WORKSPACE_KEY, isAdmin: 'false', exp: CLAIMS.exp } }),
    'id_missing'
  ],
  ['isAdmin an empty object with an id', withClaims({ isAdmin: {} }), 'admin_with_id'],
  [
    'isAdmin false without an id',
    makeToken({ payload: { iss: WORKSPACE_KEY, isAdmin: false, exp: CLAIMS.exp } }),
    'id_missing'
  ],
  ['name as an object', withClaims({ name: { first: 'Ada' } }), 'name_invalid'],
  ['name of 256 characters', withClaims({ name: 'n'.repeat(256) }), 'name_invalid'],
  ['fields as an array', withClaims({ fields: [] }), 'fields_invalid'],
  ['fields as text', withClaims({ fields: '{}' }), 'fields_invalid'],
  ['fields too large', withClaims({ fields: { x: 'x'.repeat(4096) } }), 'fields_too_large'],
  ['aud of another service', withClaims({ aud: 'https://elsewhere.test' }), 'aud_mismatch'],
  ['aud of other services', withClaims({ aud: ['https://elsewhere.test', `${AUDIENCE}/`] }), 'aud_mismatch'],
  ['aud empty', withClaims({ aud: [] }), 'aud_invalid'],
  ['aud as a number', withClaims({ aud: 1 }), 'aud_invalid']
]

const TABLE = { algorithms, confusion, parameters, json, encoding, signatures, times, claims }

t.test(
  'accepted: the same token made rightly, with every algorithm, with and without kid (the control of the tables below)',
  async (t) => {
    for (const alg of ALGORITHM_NAMES) {
      for (const header of [{ alg }, { alg, typ: 'JWT' }, { alg, kid: signerOf(alg).kid }]) {
        const token = await verifyCustomerToken(makeToken({ header, alg }), RULES)
        t.match(
          token.customer,
          { kind: 'customer', workspaceKey: WORKSPACE_KEY, id: 'user-1', name: 'Ada', fields: { plan: 'pro' } },
          alg
        )
        t.equal(token.key.kid, signerOf(alg).kid, `${alg} names the key that signed`)
      }
    }
  }
)

t.test('accepted: what lies just inside each limit', async (t) => {
  const tokens: [string, string][] = [
    ['exp a moment ahead', withClaims({ exp: NOW_SECONDS + 0.001 })],
    ['nbf and iat at the leeway', withClaims({ nbf: NOW_SECONDS + 30, iat: NOW_SECONDS + 30 })],
    ['the longest life', withClaims({ exp: NOW_SECONDS + 7200 })],
    ['id of 255 characters', withClaims({ id: 'u'.repeat(255) })],
    ['fields of 4096 characters', withClaims({ fields: { x: 'x'.repeat(4096 - '{"x":""}'.length) } })],
    ['header four levels deep', header(nested(4))],
    ['thumbprints in the header', withHeader({ x5t: 'A'.repeat(27), 'x5t#S256': 'A'.repeat(43) })],
    ['spaces in the JSON', makeToken({ header: '{ "alg" :\t"HS256"\r\n}', payload: JSON.stringify(CLAIMS, null, 2) })],
    ['aud that names us among others', withClaims({ aud: ['https://elsewhere.test', AUDIENCE] })],
    ['iss and workspaceKey the same', withClaims({ workspaceKey: WORKSPACE_KEY })],
    [
      'the signature that signText makes',
      `${goodHeader}.${goodPayload}.${signText(`${goodHeader}.${goodPayload}`, 'HS256').toString('base64url')}`
    ]
  ]
  for (const [title, token] of tokens) await t.resolves(verifyCustomerToken(token, RULES), title)
})

for (const [family, cases] of Object.entries(TABLE)) {
  t.test(`refused, each for its own reason, and inspection agrees: ${family}`, async (t) => {
    for (const [title, token, reason] of cases) {
      const refusal = await verifyCustomerToken(token, RULES).then(
        () => undefined,
        (error: unknown) => error
      )
      t.ok(refusal instanceof JwsError, `${title}: refused`)
      t.equal(refusal instanceof JwsError ? refusal.reason : refusal, reason, title)
      const { checks, token: verified } = await inspectJws(token, RULES)
      const failed = checks.findIndex((check) => check.status === 'fail')
      t.match(
        checks[failed],
        { status: 'fail', reason, why: String, remedy: String },
        `${title}: inspection fails for the same reason`
      )
      t.ok(
        checks.every((check, at) => check.status === (at < failed ? 'pass' : at === failed ? 'fail' : 'not_reached')),
        `${title}: all before it pass, none after it is reached`
      )
      t.equal(verified, undefined, `${title}: nothing is verified`)
    }
  })
}

t.test('the table is as large as it claims, and no case stands in it twice', async (t) => {
  const cases = Object.values(TABLE).flat()
  t.ok(cases.length >= 150, `${cases.length} cases`)
  t.equal(new Set(cases.map(([title]) => title)).size, cases.length, 'titles')
})

t.test('every reason that a token itself can give stands in the table', async (t) => {
  const given = new Set(
    Object.values(TABLE)
      .flat()
      .map(([, , reason]) => reason)
  )
  // Seen in select-keys.test.ts, because they depend on which keys are registered; and below.
  const ofKeys: JwsReason[] = ['key_ambiguous', 'kid_required', 'key_refused', 'secret_too_short', 'not_text']
  t.same(JWS_REASONS.filter((reason) => !given.has(reason)).toSorted(), ofKeys.toSorted())
})

t.test('refused: what is no text at all', async (t) => {
  for (const token of [undefined, null, 1, {}, [good], Buffer.from(good)]) {
    await t.rejects(verifyCustomerToken(token as string, RULES), refusal('not_text'))
  }
})
