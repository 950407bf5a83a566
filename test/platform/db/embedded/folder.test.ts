import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import t from 'tap'
import { startEmbedded } from '../../../../src/platform/db/embedded/embedded.ts'
import { log, temporaryFolder } from '../fixtures/embedded.ts'

t.test('a folder that cannot be used is named with the remedy', async (t) => {
  const folder = await temporaryFolder(t)
  const refused = (dataDir: string, message: RegExp): Promise<unknown> =>
    t.rejects(startEmbedded({ dataDir, log, systemFolder: `${folder}-system` }), { name: 'EmbeddedError', message })

  await writeFile(path.join(folder, 'file'), '')
  await refused(path.join(folder, 'file'), /file.*cannot be made, because a file is in its place/)
  await mkdir(path.join(folder, 'taken'))
  await writeFile(path.join(folder, 'taken', 'postgres'), '')
  await refused(path.join(folder, 'taken'), /taken\/postgres is not a folder/)

  const cluster = async (name: string, files: Record<string, string>): Promise<string> => {
    const data = path.join(folder, name, 'postgres', 'data')
    await mkdir(data, { recursive: true })
    for (const [file, text] of Object.entries(files)) await writeFile(path.join(data, file), text)
    return path.join(folder, name)
  }
  await refused(
    await cluster('old', { PG_VERSION: '15\n' }),
    /was made by PostgreSQL 15, and this is PostgreSQL 18.*pg_dump/
  )
  await refused(await cluster('foreign', {}), /unknown version/)
  await refused(
    await cluster('lost', { PG_VERSION: '18\n' }),
    /password of the database is not in .*lost\/postgres\/password/
  )
})
