import type { RuleNode } from '../../../api/rule-model-types.ts'
import { waysOf } from './graph.ts'

/** Sizes of a node in px, known before it is drawn: lines end where they should although a node is out of sight. rules.css has the same. */
export const NODE_WIDTH = 252
const HEAD = 32
const LINE = 20
const WAY = 26
const PADDING = 8
const LINES_SHOWN = 4

export function linesShown(count: number): number {
  return Math.min(count, LINES_SHOWN)
}

export type Box = {
  readonly height: number
  /** Middle of each way's handle from the node's top, in the order of `waysOf`. */
  readonly ways: readonly number[]
}

/** `lines`: how many lines of words the node has to say. */
export function boxOf(node: RuleNode, lines: number): Box {
  const said = linesShown(lines)
  const body = said === 0 ? 0 : said * LINE + PADDING
  const ways = waysOf(node).map((_, i) => HEAD + body + i * WAY + WAY / 2)
  return { height: HEAD + body + ways.length * WAY + 2, ways }
}
export const IN_HANDLE_Y = HEAD / 2
