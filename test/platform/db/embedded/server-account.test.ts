import { chown, mkdir, readFile, readlink, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import t from 'tap'
import { canUse } from '../../../../src/platform/db/embedded/server-account.ts'
import { query, start, startProcess, stopped, temporaryFolder } from '../fixtures/embedded.ts'

const NOBODY = 65_534
const AS_ROOT = process.getuid?.() === 0
const NEEDS_ROOT = AS_ROOT ? false : 'needs root'
const NEEDS_ANOTHER_USER =
  AS_ROOT && canUse({ uid: NOBODY, gid: NOBODY, name: 'nobody' }, import.meta.dirname, 'enter')
    ? false
    : 'needs root, and a checkout that every user can read'

t.test(
  'as a normal user: it runs as that user, and a folder of somebody else is refused',
  { skip: NEEDS_ANOTHER_USER },
  async (t) => {
    const folder = await temporaryFolder(t)
    const own = path.join(folder, 'own')
    await mkdir(own)
    await chown(own, NOBODY, NOBODY)
    const started = await startProcess(t, own, NOBODY)
    t.equal(started.error, undefined)
    t.ok(await query(started.url, 'select 1'))
    t.equal((await stat(path.join(own, 'postgres', 'data'))).uid, NOBODY)
    t.equal((await stat(path.join(own, 'postgres'))).mode & 0o777, 0o700)

    const foreign = path.join(folder, 'foreign')
    await mkdir(foreign, { mode: 0o755 })
    t.match((await startProcess(t, foreign, NOBODY)).error, /This user cannot write to the folder .*foreign\/postgres/)
  }
)

t.test(
  'as root: the server is another user, also for data that a normal user made',
  { skip: NEEDS_ANOTHER_USER },
  async (t) => {
    const dataDir = await temporaryFolder(t)
    const database = await start(t, dataDir)
    const { uid } = await stat(path.join(dataDir, 'postgres', 'data'))
    t.not(uid, 0)
    const pid = Number.parseInt(await readFile(path.join(dataDir, 'postgres', 'data', 'postmaster.pid'), 'utf8'), 10)
    t.equal((await stat(`/proc/${pid}`)).uid, uid)
    t.ok(await query(database.url, 'select 1'))

    const made = path.join(await temporaryFolder(t), 'by-nobody')
    await mkdir(made)
    await chown(made, NOBODY, NOBODY)
    const byNobody = await startProcess(t, made, NOBODY)
    await query(byNobody.url, 'create table kept as select 1 as n')
    await stopped(byNobody.child)
    const byRoot = await start(t, made)
    t.same(await query(byRoot.url, 'select n from kept'), [{ n: 1 }])
  }
)

t.test(
  'as root below a folder that only root enters: the data is kept in the system folder, behind a link',
  { skip: NEEDS_ROOT },
  async (t) => {
    const folder = await temporaryFolder(t)
    const closed = path.join(folder, 'closed')
    await mkdir(closed, { mode: 0o700 })
    const dataDir = path.join(closed, 'data')
    const systemFolder = path.join(folder, 'system')
    const first = await start(t, dataDir, { systemFolder })
    await query(first.url, 'create table kept as select 1 as n')
    await first.stop()
    const target = await readlink(path.join(dataDir, 'postgres'))
    t.equal(path.dirname(target), systemFolder)
    t.equal(await readFile(path.join(target, 'belongs-to'), 'utf8'), `${dataDir}/postgres\n`)

    const second = await start(t, dataDir, { systemFolder })
    t.same(await query(second.url, 'select n from kept'), [{ n: 1 }])
    await second.stop()

    await rm(systemFolder, { recursive: true })
    await t.rejects(start(t, dataDir, { systemFolder }), {
      name: 'EmbeddedError',
      message: /closed\/data\/postgres points to a folder that is gone/
    })
  }
)
