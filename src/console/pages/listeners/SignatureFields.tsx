import { Select } from '../../ui/Select.tsx'
import { TextField } from '../../ui/TextField.tsx'
import type { Form } from '../../ui/useForm.ts'
import { SIGNER_WORDS } from '../../words/listeners.ts'
import type { ListenerValues } from './listener-values.ts'
import type { SignatureValues } from './signature-values.ts'

const SIGNERS = [
  { value: '', label: 'Nobody: callers send a credential' },
  ...Object.entries(SIGNER_WORDS).map(([value, label]) => ({ value, label }))
]
const ALGORITHMS = ['sha256', 'sha512', 'sha1'].map((value) => ({ value, label: `HMAC ${value.toUpperCase()}` }))
const ENCODINGS = [
  { value: 'hex', label: 'Hexadecimal' },
  { value: 'base64', label: 'Base64' }
]

/** The fields for the signature of a listener's calls. */
export function SignatureFields({ form }: { form: Form<ListenerValues> }) {
  const { values, set } = form
  return (
    <>
      <Select
        label="Signed by"
        hint="A signed call needs no credential, and a call without a signature is refused."
        options={SIGNERS}
        value={values.signer}
        onChange={(signer) => set('signer', signer as SignatureValues['signer'])}
      />
      {values.signer !== '' && (
        <>
          <TextField
            label="Secrets"
            mono
            hint="Names of secrets of the workspace: the old and the new one while the sender changes."
            {...form.field('signedWith')}
          />
          <TextField
            label="Tolerance in seconds"
            optional
            inputMode="numeric"
            hint="How far the time of a signature may be from now; otherwise 300."
            {...form.field('tolerance')}
          />
        </>
      )}
      {values.signer === 'custom' && <CustomFields form={form} />}
    </>
  )
}

function CustomFields({ form }: { form: Form<ListenerValues> }) {
  return (
    <>
      <div className="grid gap-3 sm:grid-cols-2">
        <TextField label="Header with the signature" mono {...form.field('signatureHeader')} />
        <TextField label="Before the signature" optional mono hint="sha256=" {...form.field('signaturePrefix')} />
        <Select label="Algorithm" options={ALGORITHMS} {...form.field('algorithm')} />
        <Select label="Encoding" options={ENCODINGS} {...form.field('encoding')} />
      </div>
      <TextField
        label="What is signed"
        mono
        hint="With {body}, and {timestamp} and {id} from the headers below."
        {...form.field('signedText')}
      />
      <div className="grid gap-3 sm:grid-cols-2">
        <TextField label="Header with the timestamp" optional mono {...form.field('timestampHeader')} />
        <TextField label="Header with the id" optional mono {...form.field('idHeader')} />
      </div>
    </>
  )
}
