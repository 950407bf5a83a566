import { readFileSync } from 'node:fs'

/** The version in `package.json`. The relative path to it is the same from the source and from the built file. */
export function ownVersion(): string {
  const file = new URL('../../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
