import type { FastifyReply } from 'fastify'

/** Tells the version that an answer shows (RFC 9110, section 8.8.3). */
export function tagVersion(reply: FastifyReply, version: number): void {
  reply.header('ETag', `"${version}"`)
}

/**
 * Whether the latest version is one that `If-Match` names (RFC 9110, section 13.1.1). Without the header, or with `*`, any is. A bare
 * number is taken as well: it is what people write by hand. A weak tag fits none, as the RFC has it.
 */
export function fitsIfMatch(header: string | undefined): (latest: number) => boolean {
  if (header === undefined || header.trim() === '*') return () => true
  const tags = header.split(',').map((tag) => tag.trim())
  return (latest) => tags.includes(`"${latest}"`) || tags.includes(String(latest))
}
