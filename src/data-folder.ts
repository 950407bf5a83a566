import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { generateKeys, parseKeys, type KeyringKey } from './lib/keyring.ts'

/**
 * Reads the keys for secrets at rest. The first start generates them in the file `keys`, which only its owner can read.
 */
export async function localKeys(dataDir: string): Promise<KeyringKey[]> {
  return parseKeys((await readOrCreate(path.join(dataDir, 'keys'), generateKeys)).trim())
}

/** The port that the demo upstream got at the first start, which the demo's flow calls; undefined before it. */
export async function readDemoPort(dataDir: string): Promise<number | undefined> {
  try {
    return Number(await readFile(path.join(dataDir, 'demo-port'), 'utf8')) || undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

export async function writeDemoPort(dataDir: string, port: number): Promise<void> {
  await writeFile(path.join(dataDir, 'demo-port'), `${port}\n`)
}

/**
 * Processes that start at once, also in several containers, get the same text: the file appears complete or not at all.
 */
async function readOrCreate(file: string, create: () => string): Promise<string> {
  await mkdir(path.dirname(file), { recursive: true })
  const draft = `${file}.${randomUUID()}.new`
  await writeFile(draft, `${create()}\n`, { mode: 0o600 })
  try {
    await link(draft, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await unlink(draft)
  }
  return readFile(file, 'utf8')
}
