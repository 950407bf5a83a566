import type { ReactNode } from 'react'
import { Check } from '../../ui/Check.tsx'
import { Checks } from '../../ui/Checks.tsx'
import { Radios } from '../../ui/Radios.tsx'
import { Select } from '../../ui/Select.tsx'
import { TextArea } from '../../ui/TextArea.tsx'
import { TextField } from '../../ui/TextField.tsx'
import type { Form } from '../../ui/useForm.ts'
import { CARRIER_WORDS, METHODS, PRINCIPAL_WORDS, SIGNER_WORDS } from '../../words/listeners.ts'
import { useFlows } from '../flows/use-flows.ts'
import type { ListenerValues } from './listener-values.ts'
import { SignatureFields } from './SignatureFields.tsx'

const CARRIERS = Object.entries(CARRIER_WORDS).map(([value, label]) => ({ value, label }))
const LATER = [
  { value: 'credential', label: 'Callers with a credential' },
  { value: 'everybody', label: 'Everybody' },
  { value: 'nobody', label: 'Nobody' }
]
const RECORDS = [
  { value: 'all', label: 'All' },
  { value: 'failed', label: 'Failed ones' },
  { value: 'none', label: 'None' }
]
const STEPS = RECORDS.slice(0, 2)
const RECORDED = { all: 'all recorded', failed: 'failed ones recorded', none: 'none recorded' }
const RESPONSES = { output: 'output', http: 'set by the flow', stream: 'a stream of events' }
const PRINCIPALS = Object.entries(PRINCIPAL_WORDS).map(([value, label]) => ({ value, label }))

/** The fields of a listener. Rarely changed ones are folded, with their present values in the heading. */
export function ListenerFields({ form, workspaceId }: { form: Form<ListenerValues>; workspaceId: string }) {
  const { flows } = useFlows(workspaceId)
  const { values, set } = form
  return (
    <>
      <TextField label="Name" {...form.field('name')} />
      <TextField
        label="Key"
        optional
        mono
        hint="Names it for programs, in place of its id: price-lookup."
        {...form.field('key')}
      />
      <TextField
        label="Path"
        optional
        mono
        hint="Its URL below the slug of the workspace, with parameters: orders/{id}."
        {...form.field('path')}
      />
      <Select
        label="Flow"
        hint="It runs the published version."
        options={[{ value: '', label: 'Choose a flow' }, ...flows.map(({ id, name }) => ({ value: id, label: name }))]}
        {...form.field('flowId')}
      />
      <Checks
        legend="Methods"
        hint="None ticked means every method."
        options={METHODS.map((value) => ({ value, label: value }))}
        picked={values.methods}
        onChange={(methods) => set('methods', methods)}
      />
      <Check
        label="A tool of AI agents"
        hint="At /v1/mcp, for those who may call it."
        checked={values.mcp}
        onChange={(mcp) => set('mcp', mcp)}
      />
      <Radios
        legend="Answer"
        value={values.mode}
        onChange={(mode) => set('mode', mode)}
        choices={[
          { value: 'sync', label: 'In the request', hint: 'The caller waits for what the flow gives.' },
          { value: 'async', label: 'Later (202)', hint: 'The run is queued; the caller is told where to ask.' }
        ]}
      />
      <Folded title="Who may call" now={callersText(values)}>
        <Checks
          legend="Kinds of caller"
          hint="None ticked means all."
          options={PRINCIPALS}
          picked={values.principals}
          onChange={(principals) => set('principals', principals)}
        />
        <Checks
          legend="Where the credential may stand"
          hint="None ticked means anywhere."
          options={CARRIERS}
          picked={values.carriers}
          onChange={(carriers) => set('carriers', carriers)}
        />
        <TextArea
          label="Only these customers"
          optional
          mono
          hint="The ids that their back end gives them, one a line."
          {...form.field('customers')}
        />
        <Check
          label="Anyone, without a credential"
          hint="Whoever knows the URL may call it."
          checked={values.anonymous}
          onChange={(anonymous) => set('anonymous', anonymous)}
        />
        <SignatureFields form={form} />
      </Folded>
      <Folded title="Limits" now={limitsText(values)}>
        <TextArea
          label="Only from these addresses"
          optional
          mono
          rows={2}
          hint="Addresses or ranges such as 192.0.2.0/24, one a line."
          {...form.field('addresses')}
        />
        <div className="grid gap-3 sm:grid-cols-3">
          <TextField label="Calls" optional inputMode="numeric" {...form.field('calls')} />
          <TextField label="Per seconds" optional inputMode="numeric" {...form.field('windowSeconds')} />
          <TextField
            label="Time limit in seconds"
            inputMode="numeric"
            hint="For runs within their request."
            {...form.field('timeoutSeconds')}
          />
        </div>
      </Folded>
      <Folded title="Browsers (CORS)" now={values.origins.trim() ? 'some origins' : 'no pages of other sites'}>
        <TextArea
          label="Origins"
          optional
          mono
          rows={2}
          hint="Whose pages may read the answers: https://shop.example, one a line. * means any."
          {...form.field('origins')}
        />
      </Folded>
      <Folded title="Statuses" now={`${values.statusMode}, ${RESPONSES[values.respond]}`}>
        <Radios
          legend="Body of the answer"
          value={values.respond}
          onChange={(respond) => set('respond', respond)}
          choices={[
            { value: 'output', label: 'The output of the flow', hint: 'As JSON, with 200, or 204 where it is null.' },
            { value: 'http', label: 'As the flow says', hint: 'Its output names status, headers and body.' },
            {
              value: 'stream',
              label: 'A stream of events',
              hint: 'What the flow emits, as it runs, and its output last.'
            }
          ]}
        />
        <Radios
          legend="Status of errors"
          value={values.statusMode}
          onChange={(statusMode) => set('statusMode', statusMode)}
          choices={[
            { value: 'strict', label: 'Strict', hint: 'An error has a status of its own: 404, 502, 504.' },
            {
              value: 'compat',
              label: 'Compatible',
              hint: '401 for a bad credential, 400 when switched off, 200 with the problem as body for all else.'
            }
          ]}
        />
      </Folded>
      <Folded title="Runs" now={runsText(values)}>
        <Select
          label="Runs that are recorded"
          hint="Calls are counted and listed all the same. Runs that are answered later always have a record."
          options={RECORDS}
          value={values.records}
          onChange={(records) => set('records', records as ListenerValues['records'])}
        />
        <Select
          label="Runs whose steps are recorded"
          options={STEPS}
          value={values.steps}
          onChange={(steps) => set('steps', steps as ListenerValues['steps'])}
        />
        <Check
          label="Callers see the steps of their runs"
          hint="Without it they see the output, and of an error its status and title."
          checked={values.showSteps}
          onChange={(showSteps) => set('showSteps', showSteps)}
        />
        <Select
          label="May ask for the answer later"
          hint="With Prefer: respond-async a call is queued, and has no time limit."
          options={LATER}
          value={values.later}
          onChange={(later) => set('later', later as ListenerValues['later'])}
        />
      </Folded>
    </>
  )
}

function runsText({ records, showSteps, later }: ListenerValues): string {
  return [
    RECORDED[records],
    showSteps ? 'steps shown to callers' : 'steps for members alone',
    ...(later === 'credential' ? [] : [later === 'everybody' ? 'anyone may wait' : 'nobody may wait'])
  ].join(', ')
}

function Folded({ title, now, children }: { title: string; now: string; children: ReactNode }) {
  return (
    <details className="rounded-md border border-line px-3 py-2">
      <summary className="cursor-pointer">
        <span className="label">{title}</span> <span className="dim">· {now}</span>
      </summary>
      <div className="stack pt-3 pb-1">{children}</div>
    </details>
  )
}

function callersText({ principals, customers, anonymous, signer }: ListenerValues): string {
  if (signer !== '') return `signed by ${SIGNER_WORDS[signer]}`
  if (anonymous) return 'anyone'
  const kinds =
    principals.length === 0 ? 'whoever has access' : principals.map((kind) => PRINCIPAL_WORDS[kind]).join(', ')
  return customers.trim() ? `${kinds}, some customers` : kinds
}

function limitsText({ calls, windowSeconds, addresses, timeoutSeconds }: ListenerValues): string {
  return [
    calls ? `${calls} calls in ${windowSeconds} s` : 'no limit of calls',
    ...(addresses.trim() ? ['some addresses'] : []),
    `${timeoutSeconds} s`
  ].join(', ')
}
