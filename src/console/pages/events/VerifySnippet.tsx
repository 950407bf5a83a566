import { Code } from '../../ui/Code.tsx'

const VERIFY = [
  "import { createHmac, timingSafeEqual } from 'node:crypto'",
  '',
  '/** headers and body of a delivery, and the secret that starts with whsec_ (Standard Webhooks) */',
  'export function isGenuine(headers, body, secret) {',
  "  const text = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`",
  "  const wanted = createHmac('sha256', Buffer.from(secret.slice(6), 'base64')).update(text).digest()",
  "  return headers['webhook-signature'].split(' ').some((signature) => {",
  "    const sent = Buffer.from(signature.slice(3), 'base64')",
  '    return sent.length === wanted.length && timingSafeEqual(sent, wanted)',
  '  })',
  '}'
].join('\n')

/** How a receiver checks the signature of a delivery. */
export function VerifySnippet() {
  return (
    <details>
      <summary className="label cursor-pointer">How the receiver checks a delivery</summary>
      <div className="mt-2">
        <Code text={VERIFY} label="Check of a delivery" copy="Copy" />
      </div>
    </details>
  )
}
