import type { Words } from '#domain/notice.ts'
import type { RuleType, RuleValue } from '#domain/rulebook.ts'

/** What an expression can be; amounts are whole numbers, choices are texts. `null` only to compare with. */
export type CelType = 'int' | 'text' | 'bool' | 'texts' | 'null'

/** Why a decision cannot go on. Held by the frame, so that nothing has to be thrown on the way. */
export type Stuck = { readonly code: string; readonly words: Words }

/**
 * What one decision is worked out in: a slot per name that the model uses. `undefined` in a variable's slot: not looked at yet (only
 * the check leaves that), in a later name's slot: nothing on this way has set it. Null: nobody knows.
 */
export type Frame = {
  readonly slots: (RuleValue | undefined)[]
  /** What the last undecided expression stumbled over. */
  stuck: Stuck | null
  /** The first slot that was read and has not been looked at; -1 where there was none. */
  wants: number
  /** Entries of lists that were walked for this decision. */
  walked: number
}

/** Works an expression out. Undefined: it cannot be decided, and the frame says why. Never throws, never answers null. */
export type Run = (frame: Frame) => RuleValue | undefined

export type CelName = {
  readonly slot: number
  readonly type: Exclude<CelType, 'null'>
  readonly label: Words
  /** Of a choice; texts that are compared with it must be among them. */
  readonly choices: readonly string[] | null
  /** False for names that the model sets on its way: an empty slot is then a fault, not something to ask for. */
  readonly given: boolean
}

export type CelScope = {
  readonly currency: string
  readonly names: ReadonlyMap<string, CelName>
  /** A slot for a name inside a list macro. */
  readonly newSlot: () => number
}

/** A test inside an expression that divides the inputs: where its answer turns is a boundary. */
export type Atom = {
  readonly reads: ReadonlySet<string>
  readonly texts: readonly string[]
  readonly ints: readonly bigint[]
  /** How texts are looked at: as a whole, or a part of them. `known`: only whether somebody knows it. */
  readonly looks: 'whole' | 'part' | 'known'
  /** What is compared with something written: a name, the size of one, or something worked out. */
  readonly form: 'name' | 'size' | 'other'
  readonly run: Run
  /** Turns wherever the answer does, and between turns only ever goes one way: less, equal, more. */
  readonly turn: Run
} & Shape

/** How an expression follows the names in it; what the check needs to know to find each of its turns. */
export type Shape = {
  /** The names in it, each as often as it is written. */
  readonly uses: readonly string[]
  /** A name that grows moves it one way only: no remainders, no product of two names. */
  readonly steady: boolean
}

export type CelExpression = Shape & {
  readonly type: CelType
  /** Itself a name, or the size of one. */
  readonly subject: 'name' | 'size' | null
  readonly run: Run
  readonly reads: ReadonlySet<string>
  readonly atoms: readonly Atom[]
  /** Its value where it reads nothing. */
  readonly constant: RuleValue | undefined
}

/** Something that makes an expression or a cell meaningless; found before anything runs. */
export type CelFault = { readonly code: string; readonly words: Words }

/** How a rule's type is seen by expressions. */
export function celTypeOf(type: Exclude<RuleType, 'lines'>): Exclude<CelType, 'null'> {
  if (type === 'money') return 'int'
  return type === 'choice' ? 'text' : type
}

export function isOfType(value: RuleValue | undefined, type: CelType): boolean {
  if (type === 'int') return typeof value === 'bigint' && BigInt.asIntN(64, value) === value
  if (type === 'text') return typeof value === 'string'
  if (type === 'bool') return typeof value === 'boolean'
  return type === 'texts' && Array.isArray(value) && value.every((one) => typeof one === 'string')
}

export const INT_MOST = 2n ** 63n - 1n
export const INT_LEAST = -(2n ** 63n)

export const TYPE_WORDS: Readonly<Record<CelType, Words>> = {
  int: { zh: '整数或金额', en: 'a whole number or an amount' },
  text: { zh: '文本', en: 'a text' },
  bool: { zh: '是/否', en: 'true or false' },
  texts: { zh: '文本列表', en: 'a list of texts' },
  null: { zh: '空', en: 'null' },
}
