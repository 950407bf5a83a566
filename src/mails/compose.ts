import type { Mail } from '../platform/mail/mailer.ts'

export interface Message {
  to: string
  subject: string
  /** Plain sentences. Text that users typed is inserted unchanged. */
  paragraphs: readonly string[]
  /** The link of the mail, on a line of its own. */
  link?: { label: string; url: string } | undefined
}

/** Composes a mail as plain text and as simple HTML, without pictures and without anything that tracks reading. */
export function compose({ to, subject, paragraphs, link }: Message): Mail {
  const lines = [...paragraphs.map(oneLine), ...(link ? [`${link.label}:\n${link.url}`] : [])]
  const blocks = [
    ...paragraphs.map((text) => `<p>${escape(oneLine(text))}</p>`),
    ...(link ? [`<p><a href="${escape(link.url)}">${escape(link.label)}</a></p>`, `<p>${escape(link.url)}</p>`] : [])
  ]
  return {
    to,
    subject: oneLine(subject),
    text: `${lines.join('\n\n')}\n`,
    html: `<!doctype html><html lang="en"><body>${blocks.join('')}</body></html>`
  }
}

/** Replaces line breaks: users choose the names of workspaces and people, and must not be able to add a paragraph. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;'
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char)
}
