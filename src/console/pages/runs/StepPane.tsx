import { useState } from 'react'
import type { Step } from '../../api/types.ts'
import { Json } from '../../ui/Json.tsx'
import { Section } from '../../ui/Section.tsx'
import { Tabs } from '../../ui/Tabs.tsx'
import { Tag } from '../../ui/Tag.tsx'
import type { StepRow } from './step-rows.ts'

/** The input and the output of a step. */
export function StepPane({ row: { name, kind, step } }: { row: StepRow & { step: Step } }) {
  const [view, setView] = useState('input')
  const tabs = [
    { value: 'input', label: 'Input', content: <Value value={step.input} what="input" /> },
    { value: 'output', label: 'Output', content: <Value value={step.output} what="output" /> },
    { value: 'error', label: 'Error', content: <Value value={step.error} what="error" /> },
    { value: 'console', label: 'Console', content: <Value value={step.console} what="console" /> }
  ]
  return (
    <Section title={name} beside={kind && <Tag>{kind}</Tag>}>
      <Tabs label="Data of the step" value={view} tabs={tabs} onChange={setView} />
    </Section>
  )
}

const NOTHING = {
  input: 'No input was recorded.',
  output: 'It gave no output.',
  error: 'It did not fail.',
  console: 'It wrote nothing. Scripts write here with console.log.'
}

function Value({ value, what }: { value: unknown; what: keyof typeof NOTHING }) {
  if (value === undefined) return <p className="dim">{NOTHING[what]}</p>
  return <Json value={value} label={`The step's ${what}`} />
}
