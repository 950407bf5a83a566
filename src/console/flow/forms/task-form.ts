/** The properties of every form of a task: the task as it is written, and a callback for a changed one. */
export interface TaskFormProps {
  task: Record<string, unknown>
  onChange: (task: Record<string, unknown>) => void
}
