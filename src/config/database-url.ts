import { accessSync, constants } from 'node:fs'
import { isLoopbackHost } from '../lib/ip-address.ts'

/**
 * Modes of libpq that encrypt without verifying the server, or verify it only in part. The driver verifies it fully.
 */
const LESS_THAN_ALL = /([?&]sslmode=)(?:allow|prefer|require|verify-ca)(?=&|$)/
const VERIFIED = 'sslmode=verify-full'

/**
 * Makes a postgresql:// URL require TLS with a verified certificate, unless its host is this machine or the URL says
 * `sslmode=disable` or `no-verify`.
 * @throws Error whose message says what is wrong, without the URL
 */
export function withTls(text: string): string {
  const url = URL.parse(text)
  if (!url || !/^postgres(ql)?:$/.test(url.protocol)) throw new Error('must be a postgresql:// URL')
  const authorities = url.searchParams.get('sslrootcert')
  if (authorities !== null && !canRead(authorities)) throw new Error('the file of its sslrootcert cannot be read')
  // With this parameter the modes have libpq's own meaning.
  if (url.searchParams.has('uselibpqcompat')) return text
  if (LESS_THAN_ALL.test(text)) return text.replace(LESS_THAN_ALL, '$1verify-full')
  if (isLocal(url) || url.searchParams.has('sslmode') || url.searchParams.has('ssl')) return text
  return `${text}${text.includes('?') ? '&' : '?'}${VERIFIED}`
}

/** Whether the connection does not leave this machine. */
function isLocal({ hostname, searchParams }: URL): boolean {
  const host = searchParams.get('host') ?? decodeURIComponent(hostname)
  // A path is the folder of a Unix socket.
  return host === '' || host.startsWith('/') || isLoopbackHost(host)
}

function canRead(file: string): boolean {
  try {
    accessSync(file, constants.R_OK)
    return true
  } catch {
    return false
  }
}
