import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete'
import { HighlightStyle, StreamLanguage, syntaxHighlighting } from '@codemirror/language'
import { tags } from '@lezer/highlight'
import type { RuleVariable } from '#/api/rule-model-types.ts'
import type { Wording } from '#/i18n/language.tsx'

/** Words of CEL in colours; what is wrong with an expression the hub's check says. */
export const celLanguage = StreamLanguage.define<null>({
  name: 'cel',
  startState: () => null,
  token: (stream) => {
    if (stream.eatSpace()) return null
    if (stream.match(/^"(?:[^"\\]|\\.)*"?/) || stream.match(/^'(?:[^'\\]|\\.)*'?/)) return 'string'
    if (stream.match(/^\d+/)) return 'number'
    if (stream.match(/^(?:true|false|null|in)\b/)) return 'keyword'
    if (stream.match(/^[A-Za-z_]\w*(?=\s*\()/)) return 'keyword'
    if (stream.match(/^[A-Za-z_]\w*/)) return 'variableName'
    if (stream.match(/^(?:&&|\|\||[=!<>]=?|[+\-*/%?:])/)) return 'operator'
    stream.next()
    return null
  },
})

export const celColours = syntaxHighlighting(
  HighlightStyle.define([
    { tag: tags.string, color: 'var(--hf-good-text)' },
    { tag: tags.number, color: 'var(--hf-wait-text)' },
    { tag: tags.keyword, color: 'var(--hf-move-text)', fontWeight: '600' },
    { tag: tags.variableName, color: 'var(--hf-link)' },
    { tag: tags.operator, color: 'var(--hf-text-soft)' },
  ]),
)

const FUNCTIONS: readonly (readonly [string, string, string, string])[] = [
  ['yuan', 'yuan("0.00")', '金额，按元写', 'an amount in the major unit'],
  ['size', 'size()', '个数或字数', 'how many'],
  ['known', 'known()', '是否已知', 'is it known'],
  ['orElse', 'orElse(, 0)', '未知时用后面的值', 'the other where it is unknown'],
  ['min', 'min(, )', '较小的', 'the smaller'],
  ['max', 'max(, )', '较大的', 'the larger'],
  ['ceilDiv', 'ceilDiv(, 1)', '相除向上取整', 'quotient, rounded up'],
  ['string', 'string()', '整数转文字', 'a whole number as text'],
]
const METHODS: Readonly<Record<'text' | 'texts', readonly (readonly [string, string, string, string])[]>> = {
  text: [
    ['contains', 'contains("")', '包含', 'contains'],
    ['startsWith', 'startsWith("")', '开头是', 'starts with'],
    ['endsWith', 'endsWith("")', '结尾是', 'ends with'],
  ],
  texts: [
    ['exists', 'exists(t, t in [""])', '含任一', 'has any of'],
    ['all', 'all(t, t in [""])', '全部在内', 'all are among'],
  ],
}

/** Completes variables by name or by label, their values after a comparison, and what may be asked of them after a dot. */
export function completeCel(
  variables: readonly RuleVariable[],
  { language, pick }: Pick<Wording, 'language' | 'pick'>,
) {
  const byName = new Map(variables.map((one) => [one.name, one]))
  const method = ([label, apply, zh, en]: readonly [string, string, string, string]): Completion => ({
    label,
    apply,
    detail: language === 'zh' ? zh : en,
    type: 'function',
  })
  return (context: CompletionContext): CompletionResult | null => {
    const dot = context.matchBefore(/([A-Za-z_]\w*)\.\w*/)
    if (dot) {
      const [name = ''] = dot.text.split('.')
      const type = byName.get(name)?.type
      const options = type === 'texts' ? METHODS.texts : METHODS.text
      return { from: dot.from + name.length + 1, options: options.map(method) }
    }
    const compared = context.matchBefore(/([A-Za-z_]\w*)\s*(?:==|!=|in)\s*\[?(?:\s*"[^"]*"\s*,)*\s*"?[^"\s]*/)
    if (compared) {
      const variable = byName.get(/^[A-Za-z_]\w*/.exec(compared.text)?.[0] ?? '')
      const values = variable ? valuesOf(variable, pick) : []
      const typed = /"?[^"\s,[]*$/.exec(compared.text)?.[0] ?? ''
      if (values.length > 0 && !/[=n]$/.test(typed))
        return { from: compared.to - typed.length, options: values }
    }
    const word = context.matchBefore(/[\w\u4e00-\u9fff]+/)
    if (!word && !context.explicit) return null
    return {
      from: word?.from ?? context.pos,
      filter: false,
      options: [...variables.map((one) => variableOption(one, pick)), ...FUNCTIONS.map(method)].filter(
        (one) => `${one.label} ${one.detail ?? ''}`.toLowerCase().includes((word?.text ?? '').toLowerCase()),
      ),
    }
  }
}

function variableOption(variable: RuleVariable, pick: Wording['pick']): Completion {
  return {
    label: variable.name,
    detail: pick(variable.label) + (variable.unit ? ` (${variable.unit})` : ''),
    type: 'variable',
  }
}

function valuesOf(variable: RuleVariable, pick: Wording['pick']): Completion[] {
  if (variable.type === 'money') return [{ label: 'yuan("0.00")', type: 'constant' }]
  const choices = variable.choices?.map(({ value, label }) => [value, pick(label)] as const)
  return (choices ?? variable.examples?.map((one) => [one, ''] as const) ?? []).map(([value, detail]) => ({
    label: JSON.stringify(value),
    ...(detail === '' ? {} : { detail }),
    type: 'constant',
  }))
}
