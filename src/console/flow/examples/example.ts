/** A text to start from. Each is a whole flow that can be saved as it is. */
export interface FlowExample {
  value: string
  label: string
  about: string
  text: string
}
