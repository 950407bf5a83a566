import { useRef, useState, type FormEvent, type RefObject } from 'react'
import { Declined } from '../api/gate.ts'
import { ApiProblem } from '../api/problem.ts'

export type Errors<V> = Partial<Record<keyof V, string>>

export interface FormOptions<V> {
  first: V
  /** Checks the values before they are sent. Called at each submit. */
  check?(values: V): Errors<V>
  send(values: V): Promise<void>
  /** Turns a refusal of the server into errors of fields; undefined = the form shows it as a whole. */
  refusal?(problem: ApiProblem): Errors<V> | undefined
}

export interface Form<V> {
  values: V
  errors: Errors<V>
  /** A refusal that belongs to no field. */
  error: unknown
  pending: boolean
  set<K extends keyof V>(name: K, value: V[K]): void
  setErrors(errors: Errors<V>): void
  /** `value`, `onChange` and `error` of a field: spread it into one. */
  field<K extends keyof V>(name: K): { value: V[K]; error: string | undefined; onChange: (value: V[K]) => void }
  /** Spread it into the `<form>`. */
  form: { ref: RefObject<HTMLFormElement | null>; onSubmit: (event: FormEvent) => void; noValidate: true }
}

/** The values of a form, which are checked when it is submitted. The first field with an error gets the focus. */
export function useForm<V extends object>({ first, check, send, refusal }: FormOptions<V>): Form<V> {
  const [values, setValues] = useState(first)
  const [errors, setErrors] = useState<Errors<V>>({})
  const [error, setError] = useState<unknown>()
  const [pending, setPending] = useState(false)
  const ref = useRef<HTMLFormElement>(null)

  function show(found: Errors<V>): void {
    setErrors(found)
    // After React has marked the fields.
    setTimeout(() => ref.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus())
  }

  async function submit(): Promise<void> {
    if (pending) return
    setError(undefined)
    const found = check?.(values) ?? {}
    if (Object.values(found).some(Boolean)) return show(found)
    setErrors({})
    setPending(true)
    try {
      await send(values)
    } catch (failure) {
      const known = failure instanceof ApiProblem ? (refusal?.(failure) ?? errorsOf(failure, values)) : undefined
      if (known) show(known)
      else if (!(failure instanceof Declined)) setError(failure)
    } finally {
      setPending(false)
    }
  }

  function set<K extends keyof V>(name: K, value: V[K]): void {
    setValues((before) => ({ ...before, [name]: value }))
    setErrors((before) => ({ ...before, [name]: undefined }))
  }

  return {
    values,
    errors,
    error,
    pending,
    set,
    setErrors: show,
    field: (name) => ({ value: values[name], error: errors[name], onChange: (value) => set(name, value) }),
    form: {
      ref,
      noValidate: true,
      onSubmit(event) {
        event.preventDefault()
        void submit()
      }
    }
  }
}

/** The errors of fields, from the pointers of the server's faults; undefined unless every fault belongs to a field. */
function errorsOf<V extends object>(problem: ApiProblem, values: V): Errors<V> | undefined {
  const found: Errors<V> = {}
  for (const { pointer, message } of problem.errors) {
    const name = pointer.split('/')[1] ?? ''
    if (!(name in values)) return undefined
    found[name as keyof V] = `This ${message}.`
  }
  return problem.errors.length > 0 ? found : undefined
}
