import { durationText } from '../../lib/time.ts'
import { parseJson } from '../../lib/exact-json.ts'
import { Code } from '../../ui/Code.tsx'
import { Copy } from '../../ui/Copy.tsx'
import { Facts } from '../../ui/Facts.tsx'
import { Link } from '../../ui/Link.tsx'
import { Note } from '../../ui/Note.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { knownRefusal } from '../../words/reasons.ts'
import type { TrialAnswer as Answer } from './trial.ts'

const SHOWN_CHARS = 100_000
const HEX_BYTES = 512

/** The answer of the listener: status, time, body, and the meaning of a refusal. */
export function TrialAnswer({ answer }: { answer: Answer }) {
  const { status, ms, headers, type, bytes } = answer
  const header = (name: string): string | undefined => headers.find(([each]) => each === name)?.[1]
  const runId = header('sluice-run-id')
  const requestId = header('x-request-id')
  const text = textOf(type, bytes)
  const refusal = runId === undefined && status >= 400 ? refusalIn(text) : undefined
  return (
    <div className="stack">
      <div className="row">
        <Tag tone={status < 400 ? 'ok' : 'bad'}>{status}</Tag>
        <span>{durationText(ms)}</span>
        {runId && <Link to={`/runs/${runId}`}>Open the run</Link>}
      </div>
      {refusal && (
        <Note tone="bad">
          {refusal.why} {refusal.remedy} {requestId && <Link to={`/requests/${requestId}`}>Why it was refused</Link>}
        </Note>
      )}
      {bytes.length === 0 ? (
        <p className="dim">The answer has no body.</p>
      ) : (
        <Code text={text ?? hexOf(bytes)} label="Body of the answer" />
      )}
      <details>
        <summary className="label cursor-pointer">Headers</summary>
        <div className="pt-2">
          <Facts
            facts={headers.map(
              ([name, value]) =>
                [
                  name,
                  <code key={name} className="break-all">
                    {value}
                  </code>
                ] as const
            )}
          />
        </div>
      </details>
      {requestId && (
        <p className="small dim row">
          Request id <code className="break-all">{requestId}</code>
          <Copy text={requestId} label="Copy request id" done="Request id copied" icon />
        </p>
      )}
    </div>
  )
}

/** JSON in indented lines, other text unchanged; undefined for data that is not text. */
function textOf(type: string, bytes: Uint8Array): string | undefined {
  if (!/json|text|xml|urlencoded|javascript|yaml/.test(type)) return undefined
  const text = new TextDecoder().decode(bytes)
  if (!type.includes('json')) return text.slice(0, SHOWN_CHARS)
  try {
    return JSON.stringify(parseJson(text), null, 2).slice(0, SHOWN_CHARS)
  } catch {
    return text.slice(0, SHOWN_CHARS)
  }
}

function hexOf(bytes: Uint8Array): string {
  const hex = [...bytes.subarray(0, HEX_BYTES)].map((byte) => byte.toString(16).padStart(2, '0'))
  const lines = Array.from({ length: Math.ceil(hex.length / 16) }, (_, line) =>
    hex.slice(line * 16, line * 16 + 16).join(' ')
  )
  return bytes.length > HEX_BYTES
    ? [...lines, `… ${bytes.length.toLocaleString('en')} bytes`].join('\n')
    : lines.join('\n')
}

/** The explanation of a refusal, from its code, which is all that the caller gets. */
function refusalIn(text: string | undefined) {
  try {
    return knownRefusal((JSON.parse(text ?? '') as { code?: string }).code ?? '')
  } catch {
    return undefined
  }
}
