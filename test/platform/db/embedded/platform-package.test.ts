import { readFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { platformPackage, thisMachine } from '../../../../src/platform/db/embedded/platform-package.ts'

const { optionalDependencies } = JSON.parse(
  readFileSync(path.join(import.meta.dirname, '../../../../package.json'), 'utf8')
) as { optionalDependencies: Record<string, string> }

t.test('every optional dependency is the package of a platform, all of one version', async (t) => {
  const machines = [
    ['darwin', 'arm64'],
    ['darwin', 'x64'],
    ['linux', 'arm64'],
    ['linux', 'x64'],
    ['win32', 'x64']
  ] as const
  t.same(
    machines.map(([platform, arch]) => platformPackage({ platform, arch, isMusl: false })),
    Object.keys(optionalDependencies).sort()
  )
  t.equal(new Set(Object.values(optionalDependencies)).size, 1)
})

t.test('where there is none, a sentence says what to do', async (t) => {
  t.throws(() => platformPackage({ platform: 'linux', arch: 'x64', isMusl: true }), {
    message: /^There is no embedded database for linux with musl, such as Alpine\. Set DATABASE_URL to a PostgreSQL/
  })
  t.throws(() => platformPackage({ platform: 'freebsd', arch: 'x64', isMusl: false }), {
    message: /^There is no embedded database for freebsd on x64\. /
  })
  t.throws(() => platformPackage({ platform: 'win32', arch: 'arm64', isMusl: false }), { message: /win32 on arm64/ })
})

t.test('this machine is one that Node was built for', async (t) => {
  t.match(thisMachine(), { platform: process.platform, arch: process.arch, isMusl: false })
})
