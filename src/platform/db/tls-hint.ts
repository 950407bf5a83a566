/** The error codes of Node for a certificate that it does not accept. */
const CERTIFICATE_CODES = /CERT|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/

/** A text to append to the message of a connection error: what to do if TLS was the reason, else empty. */
export function tlsHint(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException
  if (/server does not support SSL/i.test(message)) {
    return (
      '. Set up TLS in the database server. On a network that nobody else can read, ' +
      'add sslmode=disable to the URL instead'
    )
  }
  if (CERTIFICATE_CODES.test(code ?? '')) {
    return (
      '. Name the certificate of its authority in the URL (sslrootcert=/path/to/ca.pem), ' +
      'and connect by a name that the certificate of the server has'
    )
  }
  return ''
}
