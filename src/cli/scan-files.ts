import { createReadStream, type Dirent } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import path from 'node:path'
import { createLocalJWKSet, compactVerify, type JSONWebKeySet } from 'jose'
import { findTokensInText, type FoundToken } from '../tokens/secret-scanner.ts'

/** Folders of other people's code, or of history in a packed form that text search cannot read. */
const SKIPPED_FOLDERS: ReadonlySet<string> = new Set(['.git', 'node_modules'])
/** How many characters two blocks of a file share, to find a token across their border. Longer than any token. */
const OVERLAP_CHARS = 4_096

export interface Finding {
  file: string
  line: number
  column: number
  kind: FoundToken['kind']
  /** The first 12 characters: enough for `GET /v1/admin/tokens?start=`, too few to use. */
  start: string
  /** `checksum`: its checksum fits. `signature`: one of the given keys signed it. `unverified`: only its `typ` fits. */
  verified: 'checksum' | 'signature' | 'unverified'
}

/** Finds credentials in files, without using the network. Links are not followed: only the named files are scanned. */
export async function* scanFiles(paths: readonly string[], jwks?: JSONWebKeySet): AsyncGenerator<Finding> {
  for (const start of paths) {
    for await (const file of filesUnder(start)) yield* scanFile(file, jwks)
  }
}

async function* filesUnder(start: string): AsyncGenerator<string> {
  const stat = await lstat(start)
  if (stat.isFile()) yield start
  if (!stat.isDirectory()) return
  const entries: Dirent[] = await readdir(start, { withFileTypes: true })
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.isDirectory() ? !SKIPPED_FOLDERS.has(entry.name) : entry.isFile())
      yield* filesUnder(path.join(start, entry.name))
  }
}

async function* scanFile(file: string, jwks: JSONWebKeySet | undefined): AsyncGenerator<Finding> {
  let kept = ''
  let line = 1
  let column = 1
  let scannedTo = 0
  const advance = (text: string): void => {
    const lines = text.split('\n')
    line += lines.length - 1
    column = lines.length > 1 ? (lines.at(-1)?.length ?? 0) + 1 : column + text.length
  }
  // latin1 maps every byte to a character: binary files are searched too, and decoding loses nothing.
  for await (const block of withEnd(createReadStream(file, { encoding: 'latin1' }))) {
    const text = kept + block.text
    for (const found of findTokensInText(text)) {
      // A token that ends with the block may continue: it is looked at again with the next block.
      if (found.index < scannedTo || (!block.last && found.index + found.text.length > text.length - 1)) continue
      const before = text.slice(0, found.index)
      const lines = before.split('\n')
      yield {
        file,
        kind: found.kind,
        start: found.text.slice(0, 12),
        verified: await verify(found, jwks),
        line: line + lines.length - 1,
        column: lines.length > 1 ? (lines.at(-1)?.length ?? 0) + 1 : column + before.length
      }
      scannedTo = found.index + found.text.length
    }
    const dropped = Math.max(0, text.length - OVERLAP_CHARS)
    advance(text.slice(0, dropped))
    kept = text.slice(dropped)
    scannedTo = Math.max(0, scannedTo - dropped)
  }
}

async function* withEnd(blocks: AsyncIterable<string>): AsyncGenerator<{ text: string; last: boolean }> {
  let waiting: string | undefined
  for await (const text of blocks) {
    if (waiting !== undefined) yield { text: waiting, last: false }
    waiting = text
  }
  yield { text: waiting ?? '', last: true }
}

async function verify({ kind, text }: FoundToken, jwks: JSONWebKeySet | undefined): Promise<Finding['verified']> {
  if (kind === 'token' || kind === 'session') return 'checksum'
  if (!jwks) return 'unverified'
  try {
    await compactVerify(text, createLocalJWKSet(jwks), { algorithms: ['EdDSA'] })
    return 'signature'
  } catch {
    return 'unverified'
  }
}
