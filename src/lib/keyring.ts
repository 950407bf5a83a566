import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { Secret } from './secret.ts'

const VERSION = 'v1'
const KEY_BYTES = 32
const IV_BYTES = 12

/** The place of a ciphertext. It is authenticated with the text, which cannot be opened in another row or column. */
export interface SealedPlace {
  table: string
  row: string
  column: string
}

/**
 * AES-256-GCM under several keys: the first key encrypts, every key decrypts. A sealed text is
 * `v1.<keyId>.<iv>.<ciphertext>.<tag>`, its parts in base64url.
 */
export interface Keyring {
  /** The id of the key that encrypts. */
  readonly currentKeyId: string
  seal(plaintext: string, place: SealedPlace): string
  /** @throws {Error} if the text is malformed, its key is not in the ring, or it was sealed for another place */
  open(sealed: string, place: SealedPlace): Secret
}

export interface KeyringKey {
  id: string
  key: Secret<Buffer>
}

/**
 * Creates a keyring from keys of 32 bytes; the first one encrypts.
 * @throws {Error} if there is no key
 * @example
 * const keyring = createKeyring(parseKeys(`k1:${base64}`))
 * const sealed = keyring.seal('hunter2', { table: 'secret', row: 'wsp_1/erp', column: 'value' })
 */
export function createKeyring(keys: readonly KeyringKey[]): Keyring {
  const byId = new Map(keys.map(({ id, key }) => [id, key]))
  const [current] = keys
  if (!current) throw new Error('a keyring needs at least one key')

  return {
    currentKeyId: current.id,

    seal(plaintext, place) {
      const iv = randomBytes(IV_BYTES)
      const cipher = createCipheriv('aes-256-gcm', current.key.reveal(), iv).setAAD(associatedData(place))
      const ciphertext = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()])
      return [
        VERSION,
        current.id,
        ...[iv, ciphertext, cipher.getAuthTag()].map((part) => part.toString('base64url'))
      ].join('.')
    },

    open(sealed, place) {
      const [version, id, iv, ciphertext, tag, ...rest] = sealed.split('.')
      if (version !== VERSION || !id || !iv || ciphertext === undefined || !tag || rest.length > 0)
        throw new Error('a sealed value is malformed')
      const key = byId.get(id)
      if (!key) throw new Error(`a value is sealed with the key "${id}", which SLUICE_KEYS does not have`)
      const decipher = createDecipheriv('aes-256-gcm', key.reveal(), Buffer.from(iv, 'base64url'), {
        authTagLength: 16
      })
        .setAAD(associatedData(place))
        .setAuthTag(Buffer.from(tag, 'base64url'))
      return new Secret(
        Buffer.concat([decipher.update(Buffer.from(ciphertext, 'base64url')), decipher.final()]).toString('utf8')
      )
    }
  }
}

/**
 * Parses `id:base64,id:base64`, the form of `SLUICE_KEYS`.
 *
 * @throws {Error} that names the entry and never its key
 */
export function parseKeys(text: string): KeyringKey[] {
  const seen = new Set<string>()
  return text.split(',').map((entry, index) => {
    const colon = entry.indexOf(':')
    const id = entry.slice(0, colon).trim()
    const key = Buffer.from(entry.slice(colon + 1).trim(), 'base64')
    if (colon < 1 || !/^[A-Za-z0-9_-]{1,32}$/.test(id)) throw new Error(`entry ${index + 1} needs the form id:base64`)
    if (key.length !== KEY_BYTES)
      throw new Error(`the key "${id}" must be ${KEY_BYTES} bytes in base64, and is ${key.length}`)
    if (seen.has(id)) throw new Error(`the key "${id}" appears twice`)
    seen.add(id)
    return { id, key: new Secret(key) }
  })
}

/** Creates a key in the form that {@link parseKeys} reads. */
export function generateKeys(): string {
  return `k${randomBytes(4).toString('hex')}:${randomBytes(KEY_BYTES).toString('base64')}`
}

function associatedData({ table, row, column }: SealedPlace): Buffer {
  return Buffer.from(JSON.stringify([table, row, column]))
}
