import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import type { FreshGateway } from './start-fresh.ts'

const SEED = path.join(import.meta.dirname, '../seed.ts')

export interface Person {
  email: string
  password: string
}

/** Runs the seed beside the gateway. Returns the first seeded account. */
export async function runSeed({ dataDir }: FreshGateway): Promise<Person> {
  const env = { ...process.env, DATA_DIR: dataDir }
  const { stdout } = await promisify(execFile)(process.execPath, [SEED], { env })
  const password = /Password of both accounts: (\S+)/.exec(stdout)?.[1]
  if (!password) throw new Error(`the seed printed no password\n${stdout}`)
  return { email: 'seed-1@sluice.local', password }
}
