import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createEgress, type EgressLookup } from '../../../src/platform/egress/index.ts'
import { startUpstream } from '../../fixtures/upstream.ts'

/** A self-signed certificate for one name, or `undefined` on a machine without the openssl command. */
function makeCertificate(folder: string, name: string): { key: string; cert: string } | undefined {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  try {
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '2',
        '-keyout',
        key,
        '-out',
        cert,
        '-subj',
        `/CN=${name}`,
        '-addext',
        `subjectAltName=DNS:${name}`
      ],
      { stdio: 'ignore' }
    )
  } catch {
    return undefined
  }
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
}

const tls = makeCertificate(t.testdir(), 'api.internal')
const lookup: EgressLookup = (_hostname, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }])

t.test(
  'https: the certificate is checked against the name of the URL, not the address',
  { skip: tls === undefined ? 'no openssl command' : false },
  async (t) => {
    const upstream = await startUpstream(tls === undefined ? {} : { tls })
    const trusting = createEgress({
      allow: ['api.internal', 'other.internal', '127.0.0.1'],
      lookup,
      ...(tls === undefined ? {} : { ca: tls.cert })
    })
    const usual = createEgress({ allow: ['api.internal'], lookup })
    t.teardown(async () => {
      await Promise.all([trusting.close(), usual.close()])
      await upstream.close()
    })
    const url = (host: string): string => `https://${host}:${upstream.port}/json`

    const response = await trusting.request({ method: 'GET', url: url('api.internal') })
    t.equal(response.body.toString(), '{"hello":"world"}')
    await t.rejects(
      trusting.request({ method: 'GET', url: url('other.internal') }),
      { code: 'tls', message: `TLS with other.internal:${upstream.port} failed (ERR_TLS_CERT_ALTNAME_INVALID)` },
      'another name'
    )
    await t.rejects(trusting.request({ method: 'GET', url: url('127.0.0.1') }), { code: 'tls' }, 'its address')
    await t.rejects(
      usual.request({ method: 'GET', url: url('api.internal') }),
      { code: 'tls' },
      'a certificate that nobody trusts'
    )
    t.equal(upstream.requests.length, 1)

    await t.rejects(
      trusting.request({
        method: 'GET',
        url: `https://api.internal:${upstream.port}/redirect?to=${encodeURIComponent('http://api.internal/')}`,
        redirect: 'follow'
      }),
      { code: 'refused', message: /from https to http/ }
    )
  }
)

t.test(
  'https to a server that speaks http, and http to one that speaks https',
  { skip: tls === undefined ? 'no openssl command' : false },
  async (t) => {
    const [plain, secure] = await Promise.all([startUpstream(), startUpstream(tls === undefined ? {} : { tls })])
    const egress = createEgress({ allow: ['127.0.0.1'] })
    t.teardown(async () => {
      await egress.close()
      await Promise.all([plain.close(), secure.close()])
    })
    await t.rejects(egress.request({ method: 'GET', url: plain.url.replace('http:', 'https:') }), {
      name: 'EgressError',
      code: 'tls'
    })
    await t.rejects(egress.request({ method: 'GET', url: secure.url.replace('https:', 'http:') }), {
      name: 'EgressError'
    })
  }
)
