import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { EmbeddedError } from './error.ts'

/** The user and group that the database server runs as. */
export interface ServerAccount {
  uid: number
  gid: number
  name: string
}

const CANDIDATES = ['postgres', 'nobody']
const PATH = '/usr/bin:/bin'

/**
 * Chooses the user that the server runs as. PostgreSQL refuses to run as root: if this process is root, the server runs
 * as the owner of the existing data, or as `postgres`, or as `nobody`. No user is added to the machine.
 *
 * @returns undefined if this process is not root: the server runs as the same user.
 * @throws EmbeddedError if the machine has none of these users.
 */
export function serverAccount(data: string): ServerAccount | undefined {
  if (process.getuid?.() !== 0) return undefined
  const owner = statSync(data, { throwIfNoEntry: false })
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid, name: `user ${owner.uid}` }
  for (const name of CANDIDATES) {
    const [uid, gid] = [id('-u', name), id('-g', name)]
    if (uid && gid) return { uid, gid, name: `"${name}"` }
  }
  throw new EmbeddedError(
    `PostgreSQL does not run as root, and this machine has no user ${CANDIDATES.join(' or ')}. ` +
      'Start as another user, or set DATABASE_URL.'
  )
}

/** Whether that account can enter the folder and, if asked, write there. Tries it instead of reading mode bits. */
export function canUse(account: ServerAccount, folder: string, need: 'enter' | 'write'): boolean {
  const test = need === 'write' ? 'cd "$1" && test -w .' : 'cd "$1"'
  const { uid, gid } = account
  return (
    spawnSync('/bin/sh', ['-c', test, 'sh', folder], { uid, gid, cwd: '/', env: { PATH }, stdio: 'ignore' }).status ===
    0
  )
}

function id(flag: '-u' | '-g', name: string): number | undefined {
  const { status, stdout } = spawnSync('id', [flag, name], { env: { PATH }, encoding: 'utf8' })
  return status === 0 ? Number(stdout) : undefined
}
