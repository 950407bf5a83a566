export interface Box {
  /** The pointer of the step. */
  id: string
  name: string
  kind: string
  about: string
  x: number
  y: number
  width: number
  height: number
  /** Whether it contains steps. */
  group: boolean
  parent: string | undefined
}

/** A heading above a list inside a step: "when it fails with 404". */
export interface Caption {
  x: number
  y: number
  text: string
}

export interface Line {
  id: string
  from: string
  to: string
  label: string
  /** Undefined for a straight line to the step below. */
  lane?: Lane
}

/** A line from the right side of a step to `x`, up or down, and to the right side of another step. */
export interface Lane {
  x: number
  from: Point
  to: Point
  label: Point
}

export interface Point {
  x: number
  y: number
}

export interface Layout {
  boxes: Box[]
  lines: Line[]
  captions: Caption[]
  width: number
  height: number
}
