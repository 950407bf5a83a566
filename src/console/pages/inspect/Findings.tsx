import type { TokenCheck, TokenInspection } from '../../api/types.ts'
import { Facts } from '../../ui/Facts.tsx'
import { CheckIcon, CrossIcon } from '../../ui/icons.tsx'
import { Json } from '../../ui/Json.tsx'
import { Section } from '../../ui/Section.tsx'
import { Split } from '../../ui/Split.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { checkWords } from '../../words/checks.ts'

const KINDS: Readonly<Record<string, string>> = {
  opaque: 'API token, opaque',
  jwt: 'API token, JWT',
  session: 'Session',
  customer: "Customer's token",
  admin: "Admin token of a customers' back end",
  integration: 'Integration token',
  none: 'Nothing that is taken here'
}

const SUBJECT: Readonly<Record<string, string>> = {
  tokenId: 'Token',
  accountId: 'Account',
  name: 'Name',
  expiresAt: 'Ends',
  id: 'Id',
  user: 'User',
  workspaceId: 'Workspace'
}

const MARKS = {
  pass: { word: 'passed', className: 'text-ok', icon: <CheckIcon /> },
  fail: { word: 'failed', className: 'text-bad', icon: <CrossIcon /> },
  not_reached: { word: 'not reached', className: 'text-dim', icon: <span className="inline-block w-4" /> }
} as const

/** The findings for a token: kind, issuer, key and subject; the checks in their order; and the contents of a JWT. */
export function Findings({ found }: { found: TokenInspection }) {
  const { kind, valid, issuer, matchedKey, subject, checks, header, payload } = found
  return (
    <Split>
      <div className="stack">
        <Section
          title={valid ? 'It would be taken now' : 'It would be refused'}
          beside={
            <Tag tone={valid ? 'ok' : 'bad'} dot>
              {valid ? 'valid' : 'refused'}
            </Tag>
          }
        >
          <div role="status">
            <Facts
              facts={[
                ['Kind', KINDS[kind] ?? kind],
                ['Issuer', issuer ? (issuer.url ?? `Workspace ${issuer.workspaceKey ?? ''}`) : undefined],
                ['Key', matchedKey ? `${matchedKey.name} (${matchedKey.kid})` : undefined],
                ...Object.entries(subject ?? {}).map(([name, value]) => [SUBJECT[name] ?? name, textOf(value)] as const)
              ]}
            />
          </div>
        </Section>
        <Section title="Checks">
          <ol aria-label="Checks" className="flex flex-col gap-2">
            {checks.map((check) => (
              <CheckLine key={check.check} check={check} />
            ))}
          </ol>
        </Section>
      </div>
      {(header || payload) && (
        <div className="stack">
          {header && (
            <Section title="Header">
              <Json value={header} label="Header of the JWT" />
            </Section>
          )}
          {payload && (
            <Section title="Payload">
              <Json value={payload} label="Payload of the JWT" />
            </Section>
          )}
        </div>
      )}
    </Split>
  )
}

function CheckLine({ check: { check, status, reason, why, remedy } }: { check: TokenCheck }) {
  const { word, className, icon } = MARKS[status]
  return (
    <li className="flex gap-2">
      <span className={`mt-0.5 ${className}`}>{icon}</span>
      <div className="min-w-0">
        <strong>{checkWords(check)}</strong> <span className={className}>{word}</span>
        {why && (
          <p className="break-words">
            {sentence(why)} {remedy}
          </p>
        )}
        {reason && <code className="dim">{reason}</code>}
      </div>
    </li>
  )
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

function textOf(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined
  return typeof value === 'string' ? value : JSON.stringify(value)
}
