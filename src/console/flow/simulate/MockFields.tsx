import { Button } from '../../ui/Button.tsx'
import { Select } from '../../ui/Select.tsx'
import { TextArea } from '../../ui/TextArea.tsx'
import type { FlowTask } from '../tasks.ts'
import { mockKey, readMock } from './mocks.ts'
import type { Simulating } from './use-simulation.ts'

const KINDS = [
  { value: 'output', label: 'gives' },
  { value: 'error', label: 'fails with' }
]

/** The fields for mocked results of steps. */
export function MockFields({
  simulation: { mocks, setMock },
  tasks
}: {
  simulation: Simulating
  tasks: readonly FlowTask[]
}) {
  const mocked = tasks.filter(({ pointer }) => mocks[mockKey(pointer)] !== undefined)
  if (mocked.length === 0) return null
  return (
    <fieldset className="flex min-w-0 flex-col gap-3">
      <legend className="label mb-1">Mocks</legend>
      {mocked.map(({ pointer, name }) => {
        const key = mockKey(pointer)
        const mock = mocks[key]
        if (!mock) return null
        return (
          <div key={key} className="flex flex-col gap-1">
            <TextArea
              label={`Mock for ${name}`}
              mono
              rows={4}
              error={readMock(mock) ? undefined : 'This is no JSON.'}
              value={mock.text}
              onChange={(text) => setMock(key, { ...mock, text })}
            />
            <div className="row items-end">
              <Select
                label={`What ${name} does`}
                value={mock.kind}
                options={KINDS}
                onChange={(kind) => setMock(key, { ...mock, kind: kind === 'error' ? 'error' : 'output' })}
              />
              <Button onClick={() => setMock(key, undefined)}>Remove the mock of {name}</Button>
            </div>
          </div>
        )
      })}
    </fieldset>
  )
}
