import type { Words } from '#domain/notice.ts'
import type { Decision, RuleCaseContent, RuleValue } from '#domain/rulebook.ts'

type Expected = RuleCaseContent['expected']

/**
 * What came out differently from what a case expects, in words; null where it passes. Parts that the case leaves out are not
 * compared. Actions are compared in their order, parameters that the case does not name are not.
 */
export function differenceOf(expected: Expected, got: Decision): Words | null {
  const parts = [
    ...outcomeDifference(expected, got),
    ...valueDifferences(expected.values ?? {}, got.values),
    ...(expected.actions === undefined ? [] : actionDifferences(expected.actions, got.actions)),
  ]
  if (parts.length === 0) return null
  return { zh: parts.map((one) => one.zh).join('；'), en: parts.map((one) => one.en).join('; ') }
}

function outcomeDifference(expected: Expected, got: Decision): Words[] {
  if (expected.outcome === got.outcome) return []
  const why = got.reason === null ? { zh: '', en: '' } : got.reason.words
  return expected.outcome === 'decided'
    ? [
        {
          zh: `应当能决定，却转了人工${why.zh === '' ? '' : `（${why.zh}）`}`,
          en: `should be decided, and goes to a person${why.en === '' ? '' : ` (${why.en})`}`,
        },
      ]
    : [{ zh: '应当转人工，却自动决定了', en: 'should go to a person, and is decided' }]
}

function valueDifferences(
  expected: Readonly<Record<string, RuleValue>>,
  got: Readonly<Record<string, RuleValue>>,
): Words[] {
  return Object.entries(expected).flatMap(([name, value]) => {
    const found = Object.hasOwn(got, name) ? got[name] : undefined
    if (found !== undefined && isSameValue(value, found)) return []
    const is = found === undefined ? { zh: '没有给出', en: 'nothing' } : both(textOfValue(found))
    return [
      {
        zh: `${name} 应为 ${textOfValue(value)}，得到 ${is.zh}`,
        en: `${name} should be ${textOfValue(value)}, got ${is.en}`,
      },
    ]
  })
}

function actionDifferences(
  expected: NonNullable<Expected['actions']>,
  got: Decision['actions'],
): readonly Words[] {
  const parts: Words[] = []
  for (let at = 0; at < Math.max(expected.length, got.length); at += 1) {
    const wanted = expected[at]
    const done = got[at]
    if (wanted === undefined && done !== undefined)
      parts.push({ zh: `多做了“${done.action}”`, en: `did "${done.action}" besides` })
    else if (wanted !== undefined && done === undefined)
      parts.push({ zh: `没有做“${wanted.action}”`, en: `did not do "${wanted.action}"` })
    else if (wanted !== undefined && done !== undefined)
      parts.push(
        ...(wanted.action === done.action ? paramDifferences(wanted, done) : otherAction(wanted, done)),
      )
  }
  return parts
}

type Done = { readonly action: string; readonly params: Readonly<Record<string, RuleValue>> }

function otherAction(wanted: Done, done: Done): Words[] {
  return [
    {
      zh: `应做“${wanted.action}”，却做了“${done.action}”`,
      en: `should do "${wanted.action}", did "${done.action}"`,
    },
  ]
}

function paramDifferences(wanted: Done, done: Done): Words[] {
  return valueDifferences(wanted.params, done.params).map((one) => ({
    zh: `“${wanted.action}”的 ${one.zh}`,
    en: `${one.en} (of "${wanted.action}")`,
  }))
}

export function isSameValue(a: RuleValue, b: RuleValue): boolean {
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((one, at) => one === b[at])
  return a === b
}

/** As people read it: texts as they are, lists with commas, what nobody knows as `?`. */
export function textOfValue(value: RuleValue): string {
  if (value === null) return '?'
  if (typeof value === 'string') return value === '' ? '""' : value
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  return `[${value.join(', ')}]`
}

function both(text: string): Words {
  return { zh: text, en: text }
}
