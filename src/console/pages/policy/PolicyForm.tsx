import { call } from '../../api/call.ts'
import { refresh } from '../../api/use-api.ts'
import { Check } from '../../ui/Check.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { notify } from '../../ui/notify.tsx'
import { Select } from '../../ui/Select.tsx'
import { SubmitRow } from '../../ui/SubmitRow.tsx'
import { TextArea } from '../../ui/TextArea.tsx'
import { TextField } from '../../ui/TextField.tsx'
import { useForm } from '../../ui/useForm.ts'
import { type Policy, policyErrors, policyOf, type PolicyValues, valuesOf } from './policy.ts'

const UNLIMITED = [
  { value: '', label: 'Only where there is no longest life' },
  { value: 'yes', label: 'Yes' },
  { value: 'no', label: 'No' }
]

/** The form that replaces the policy at a path. An empty field means no rule. */
export function PolicyForm({
  path,
  policy,
  factorHint,
  domainsHint
}: {
  path: string
  policy: Policy
  factorHint: string
  domainsHint: string
}) {
  const form = useForm<PolicyValues>({
    first: valuesOf(policy),
    check: policyErrors,
    async send(values) {
      await call('PUT', path, { body: policyOf(values) })
      // The form starts again with the saved values. Only then is the success shown, so that nobody types into the old
      // form.
      await refresh(path)
      notify('Policy saved')
    }
  })
  return (
    <form {...form.form} className="panel stack max-w-[640px] p-4">
      {form.error !== undefined && <ErrorNote error={form.error} />}
      <TextField
        label="Longest life of a token in days"
        optional
        inputMode="numeric"
        hint="Applies to new tokens, and to existing ones that get a later end."
        {...form.field('maxDays')}
      />
      <Select label="Tokens that never end" options={UNLIMITED} {...allowUnlimited()} />
      <TextField
        label="Days without use until a token is revoked"
        optional
        inputMode="numeric"
        hint="Its owner is told before. This applies to existing tokens too."
        {...form.field('unusedDays')}
      />
      <Check
        label="Second factor required"
        hint={factorHint}
        checked={form.values.requireSecondFactor}
        onChange={(checked) => form.set('requireSecondFactor', checked)}
      />
      <TextArea
        label="Domains of e-mails"
        optional
        mono
        rows={3}
        placeholder="example.com"
        hint={domainsHint}
        {...form.field('signupDomains')}
      />
      <SubmitRow pending={form.pending}>Save policy</SubmitRow>
    </form>
  )

  function allowUnlimited() {
    const { value, error } = form.field('allowUnlimited')
    const onChange = (next: string): void => form.set('allowUnlimited', next as PolicyValues['allowUnlimited'])
    return { value, error, onChange }
  }
}
