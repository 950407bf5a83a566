import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'

/** Below the ports that systems hand to outgoing connections, so that none of those has taken it by the next start. */
const LOWEST = 20_000
const HIGHEST = 32_000
const ATTEMPTS = 50

/** The port kept in `file` where it is free, else another free one, kept there from now on. */
export async function choosePort(file: string): Promise<number> {
  const kept = Number(await readFile(file, 'utf8').catch(() => ''))
  if (Number.isInteger(kept) && kept >= LOWEST && kept < HIGHEST && (await isFree(kept))) return kept
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = randomInt(LOWEST, HIGHEST)
    if (!(await isFree(port))) continue
    await writeFile(file, `${port}\n`)
    return port
  }
  throw new Error(`found no free port from ${LOWEST} to ${HIGHEST} in ${ATTEMPTS} attempts`)
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}
