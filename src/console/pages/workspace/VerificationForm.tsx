import { call } from '../../api/call.ts'
import type { Workspace } from '../../api/types.ts'
import { refresh } from '../../api/use-api.ts'
import { Check } from '../../ui/Check.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { notify } from '../../ui/notify.tsx'
import { Section } from '../../ui/Section.tsx'
import { SubmitRow } from '../../ui/SubmitRow.tsx'
import { TextField } from '../../ui/TextField.tsx'
import { useForm } from '../../ui/useForm.ts'
import { WORKSPACES } from './workspaces.ts'

const ALGORITHMS = ['HS', 'RS', 'PS', 'ES'].flatMap((family) => ['256', '384', '512'].map((size) => family + size))
const ALL = [...ALGORITHMS, 'EdDSA']
const SECONDS_MAX = 365 * 24 * 3_600

/** The accepted signature algorithms, and the longest life of a token. */
export function VerificationForm({ workspace }: { workspace: Workspace }) {
  const form = useForm({
    first: {
      secretKeyAuth: workspace.secretKeyAuth,
      jwksUri: workspace.jwksUri ?? '',
      algorithms: workspace.algorithms ?? ALL,
      maxTokenSeconds: String(workspace.maxTokenSeconds ?? '')
    },
    check: ({ algorithms, maxTokenSeconds }) => ({
      ...(algorithms.length === 0 ? { algorithms: 'Choose at least one algorithm.' } : {}),
      ...(isSecondsOrEmpty(maxTokenSeconds)
        ? {}
        : { maxTokenSeconds: `Enter a whole number from 1 to ${SECONDS_MAX.toLocaleString('en')}.` })
    }),
    async send({ secretKeyAuth, jwksUri, algorithms, maxTokenSeconds }) {
      const body = {
        secretKeyAuth,
        jwksUri: jwksUri.trim() || null,
        algorithms: algorithms.length === ALL.length ? null : algorithms,
        maxTokenSeconds: maxTokenSeconds === '' ? null : Number(maxTokenSeconds)
      }
      await call('PATCH', `${WORKSPACES}/${workspace.id}`, { body })
      notify('Settings saved')
      await refresh(WORKSPACES)
    }
  })
  const { algorithms } = form.values
  return (
    <Section title="What is taken">
      <form {...form.form} className="stack">
        {form.error !== undefined && <ErrorNote error={form.error} />}
        <Check
          label="Tokens signed with the secret"
          hint="Off, once your back end signs with a key of its own."
          checked={form.values.secretKeyAuth}
          onChange={(checked) => form.set('secretKeyAuth', checked)}
        />
        <TextField
          label="JWKS URL"
          optional
          type="url"
          hint="Where your back end publishes its public keys."
          {...form.field('jwksUri')}
        />
        <TextField
          label="Longest life of a token in seconds"
          optional
          inputMode="numeric"
          hint="Without it, the token's own end is the only bound."
          {...form.field('maxTokenSeconds')}
        />
        <fieldset className="flex flex-col gap-2">
          <legend className="label mb-1">Algorithms</legend>
          <div className="grid grid-cols-[repeat(auto-fill,minmax(96px,1fr))] gap-2">
            {ALL.map((name) => (
              <Check
                key={name}
                label={name}
                checked={algorithms.includes(name)}
                onChange={(checked) =>
                  form.set('algorithms', checked ? [...algorithms, name] : algorithms.filter((each) => each !== name))
                }
              />
            ))}
          </div>
          {form.errors.algorithms && (
            <p role="alert" className="text-bad">
              {form.errors.algorithms}
            </p>
          )}
        </fieldset>
        <SubmitRow pending={form.pending}>Save settings</SubmitRow>
      </form>
    </Section>
  )
}

function isSecondsOrEmpty(text: string): boolean {
  return text === '' || (/^[1-9]\d{0,8}$/.test(text) && Number(text) <= SECONDS_MAX)
}
