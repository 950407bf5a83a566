import { call } from '../../api/call.ts'
import type { Customer } from '../../api/types.ts'
import { refresh } from '../../api/use-api.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { notify } from '../../ui/notify.tsx'
import { TextArea } from '../../ui/TextArea.tsx'
import { TextField } from '../../ui/TextField.tsx'
import { useForm } from '../../ui/useForm.ts'
import { fieldsOf } from './fields.ts'

export function EditCustomer({ path, customer, onClose }: { path: string; customer: Customer; onClose: () => void }) {
  const form = useForm({
    first: { name: customer.name ?? '', fields: JSON.stringify(customer.fields, null, 2) },
    check: ({ fields }) => (fieldsOf(fields) ? {} : { fields: 'Enter a JSON object, such as { "plan": "pro" }.' }),
    async send({ name, fields }) {
      await call('PATCH', path, { body: { name: name.trim() || null, fields: fieldsOf(fields) } })
      notify('Customer saved')
      await refresh(path.slice(0, path.lastIndexOf('/')))
      onClose()
    }
  })
  return (
    <Dialog open onClose={onClose} title={`Edit ${customer.name ?? customer.id}`} sticky>
      <form {...form.form} className="stack">
        {form.error !== undefined && <ErrorNote error={form.error} />}
        <p className="dim">The next token that your back end signs for this customer sets both again.</p>
        <TextField label="Name" optional {...form.field('name')} />
        <TextArea label="Fields" mono rows={8} {...form.field('fields')} />
        <div className="row justify-end">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" pending={form.pending}>
            Save customer
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
