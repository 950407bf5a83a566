import { readFileSync } from 'node:fs'

/** The version in `package.json`, which lies as far above the source as above what is built of it. */
export function ownVersion(): string {
  const file = new URL('../../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
