/**
 * Runs JWS verification and key validation over test vectors in Wycheproof's format:
 *
 *     node scripts/conformance/jws.ts FILE…
 *
 * Each vector's key takes the way that a registered one takes: public keys and key sets are validated, symmetric keys
 * become secrets. Every invalid vector must be refused and every valid signature accepted, but for those listed below.
 * Exit code 1 otherwise. Vectors of encryption (JWE) are counted and left alone.
 */
import type { JsonWebKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { Secret } from '../../src/lib/secret.ts'
import { JwsError } from '../../src/platform/jws/errors.ts'
import { type KeyRecord, InvalidKeyError } from '../../src/platform/jws/key-record.ts'
import { readPayload } from '../../src/platform/jws/parse-compact.ts'
import { validateKeySet } from '../../src/platform/jws/validate-key-set.ts'
import { validatePublicKey } from '../../src/platform/jws/validate-public-key.ts'
import { validateSecret } from '../../src/platform/jws/validate-secret.ts'
import { verifyJws } from '../../src/platform/jws/verify-jws.ts'

type KeyOrSet = JsonWebKey | { keys: JsonWebKey[] }

interface Vector {
  tcId: number
  comment: string
  result: 'valid' | 'invalid' | 'acceptable'
  jws?: unknown
  jwe?: unknown
}
interface Group {
  type: string
  comment: string
  public?: KeyOrSet
  private?: KeyOrSet
  tests: Vector[]
}

interface Exception {
  file: string
  tcIds: readonly number[]
  outcome: string
  because: string
}

const PAYLOAD_REFUSED = 'payload_not_json'

/**
 * The vectors about which this project decides differently. `outcome` is the result that must occur instead, so that an
 * exception hides nothing else.
 */
const EXCEPTIONS: readonly Exception[] = [
  {
    file: 'json_web_signature_test.json',
    tcIds: [346, 350],
    outcome: 'alg_not_allowed',
    because: 'the key says alg PS256, the token PS384: a key is used with its own algorithm only (RFC 8725, 3.1)'
  },
  {
    file: 'json_web_signature_test.json',
    tcIds: [347, 351],
    outcome: 'contradictory',
    because: 'the key says alg ES521, which does not exist (P-521 signs with ES512)'
  },
  {
    file: 'json_web_signature_test.json',
    tcIds: [372, 373],
    outcome: 'not_base64url',
    because: 'a "?" stands inside the base64url text: one token has one spelling (RFC 7515, section 2)'
  },
  {
    file: 'json_web_signature_test.json',
    tcIds: [367, 370],
    outcome: PAYLOAD_REFUSED,
    because:
      'byte for byte the valid vector 357 with the same key, without the padding that their names speak of: the ' +
      'signature is right; they are refused because what they sign is no claims'
  }
]

type Outcome = 'accepted' | string

/**
 * @param wants the outcome in the list of exceptions. Claims are checked only for a vector that must be refused for its
 * claims, so that they cannot hide a wrong signature
 */
async function judge(vector: Vector, keys: KeyOrSet | undefined, wants: Outcome | undefined): Promise<Outcome> {
  // The JSON serialization is an object in the file, but a caller would send it as text.
  const token = typeof vector.jws === 'string' ? vector.jws : JSON.stringify(vector.jws)
  try {
    const { payload } = await verifyJws(token, toRecords(keys))
    if (wants === PAYLOAD_REFUSED) readPayload(payload)
    return 'accepted'
  } catch (error) {
    if (error instanceof JwsError || error instanceof InvalidKeyError) return error.reason
    throw error
  }
}

function toRecords(given: KeyOrSet | undefined): readonly KeyRecord[] {
  if (given === undefined) throw new Error('a group without a key')
  if (isSet(given)) return given.keys.every(isSymmetric) ? given.keys.map(toSecretRecord) : toSetRecords(given)
  return isSymmetric(given) ? [toSecretRecord(given)] : [validatePublicKey(given)]
}

/**
 * If all keys of a set are left out, the set is refused with the reason of the first one, because `key_unknown` would
 * not tell why.
 */
function toSetRecords(set: { keys: JsonWebKey[] }): readonly KeyRecord[] {
  const {
    keys,
    leftOut: [first]
  } = validateKeySet(set)
  if (keys.length === 0 && first !== undefined) throw new InvalidKeyError(first.reason, first.why)
  return keys
}

function isSet(given: KeyOrSet): given is { keys: JsonWebKey[] } {
  return Array.isArray(given.keys)
}

function isSymmetric(key: JsonWebKey): boolean {
  return key.kty === 'oct'
}

function toSecretRecord({ k, kid, alg }: JsonWebKey): KeyRecord {
  return validateSecret(new Secret(new Uint8Array(Buffer.from(k ?? '', 'base64url'))), {
    kid: String(kid),
    ...(typeof alg === 'string' ? { algorithms: [alg] } : {})
  })
}

const COLUMNS = ['valid accepted', 'invalid refused', 'as listed', 'JWE, left alone', 'FAILED'] as const
type Column = (typeof COLUMNS)[number]

async function classify(file: string, vector: Vector, group: Group): Promise<{ column: Column; outcome?: Outcome }> {
  if (vector.jws === undefined) return { column: 'JWE, left alone' }
  const exception = EXCEPTIONS.find((listed) => listed.file === file && listed.tcIds.includes(vector.tcId))
  const outcome = await judge(vector, group.public ?? group.private, exception?.outcome)
  if (exception !== undefined) return { column: outcome === exception.outcome ? 'as listed' : 'FAILED', outcome }
  if (vector.result === 'valid') return { column: outcome === 'accepted' ? 'valid accepted' : 'FAILED', outcome }
  return { column: outcome === 'accepted' ? 'FAILED' : 'invalid refused', outcome }
}

async function runFile(path: string): Promise<boolean> {
  const file = basename(path)
  const { testGroups } = JSON.parse(readFileSync(path, 'utf8')) as { testGroups: Group[] }
  const counts = new Map<Column, number>()
  const reasons = new Map<string, number>()
  for (const group of testGroups) {
    for (const vector of group.tests) {
      const { column, outcome } = await classify(file, vector, group)
      counts.set(column, (counts.get(column) ?? 0) + 1)
      if (column === 'invalid refused' && outcome !== undefined) reasons.set(outcome, (reasons.get(outcome) ?? 0) + 1)
      if (column === 'FAILED')
        console.log(
          `FAILED ${file} ${vector.tcId} ${group.comment}/${vector.comment}: is ${vector.result}, was ${outcome}`
        )
    }
  }
  console.log(`\n${file}`)
  for (const column of COLUMNS) console.log(`  ${column.padEnd(16)} ${String(counts.get(column) ?? 0).padStart(4)}`)
  console.log(
    `  refused as: ${[...reasons]
      .toSorted((a, b) => b[1] - a[1])
      .map(([reason, count]) => `${reason} ${count}`)
      .join(', ')}`
  )
  for (const { file: of, tcIds, outcome, because } of EXCEPTIONS) {
    if (of === file) console.log(`  listed ${tcIds.join(', ')} (${outcome}): ${because}`)
  }
  const judged = (counts.get('valid accepted') ?? 0) + (counts.get('invalid refused') ?? 0)
  // A file whose vectors are all skipped proves nothing.
  return judged > 0 && !counts.has('FAILED')
}

const paths = process.argv.slice(2)
if (paths.length === 0) {
  console.error('usage: node scripts/conformance/jws.ts FILE…')
  process.exitCode = 2
}
for (const path of paths) {
  if (!(await runFile(path))) process.exitCode = 1
}
