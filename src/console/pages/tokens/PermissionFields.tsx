import { Checks } from '../../ui/Checks.tsx'
import type { Form } from '../../ui/useForm.ts'

/** The permissions of a management token, by their names in the API. */
const PERMISSIONS = [
  'tokens:read',
  'tokens:write',
  'tokens:introspect',
  'flows:read',
  'flows:write',
  'listeners:read',
  'listeners:write',
  'runs:read',
  'runs:control',
  'secrets:write',
  'customers:read',
  'customers:write',
  'events:read',
  'events:write',
  'usage:read'
].map((value) => ({ value, label: value }))

export function PermissionFields<V extends { permissions: readonly string[] }>({ form }: { form: Form<V> }) {
  const { value, error, onChange } = form.field('permissions')
  return (
    <div className="flex flex-col gap-1">
      <Checks
        legend="Permissions"
        hint="It makes the calls that these name, and no others. It calls no listeners."
        options={PERMISSIONS}
        picked={value}
        onChange={(picked) => onChange(picked as readonly string[] as V['permissions'])}
      />
      {error && (
        <p role="alert" className="text-bad">
          {error}
        </p>
      )}
    </div>
  )
}
