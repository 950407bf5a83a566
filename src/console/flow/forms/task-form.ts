/** What the form of a kind gets: the task as it is written, and what to call with another. */
export interface TaskFormProps {
  task: Record<string, unknown>
  onChange: (task: Record<string, unknown>) => void
}
